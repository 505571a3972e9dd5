"""Each end writes its own lines of a task's history, and neither those of the other."""

from django.db import migrations

POLICIES = """
drop policy with_task_write on tasks_taskevent;
-- A step is the receiver's to take: of steps the sender writes only that it sent. What it may say besides is named here.
create policy with_task_write on tasks_taskevent for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and exists (select 1 from tasks_task t where t.id = task_id
    and (t.to_organisation_id = (select pcnhub_acting_organisation())
      or tasks_taskevent.kind in ('comment', 'safety-net', 'safety-net-cleared', 'dealt-with', 'withdraw-asked')
      or (tasks_taskevent.kind = 'step' and tasks_taskevent.state = 'sent'))));

create or replace function tasks_ends_are_fixed() returns trigger language plpgsql as $$
begin
  if (new.organisation_id, new.to_organisation_id, new.text, new.kind, new.priority, new.due_on, new.patient_id,
      new.nhs_number, new.patient_label, new.consultation_id, new.is_test)
     is distinct from (old.organisation_id, old.to_organisation_id, old.text, old.kind, old.priority, old.due_on,
      old.patient_id, old.nhs_number, old.patient_label, old.consultation_id, old.is_test) then
    raise exception 'a sent task keeps its ends, its patient and what was asked' using errcode = 'check_violation';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0003_clocks_and_cover")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
