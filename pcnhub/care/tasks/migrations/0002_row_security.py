"""A task belongs to its two ends. Sending one needs the agreement; what was delivered stays with the receiver."""

from django.db import migrations

POLICIES = """
alter table tasks_task enable row level security;
alter table tasks_task force row level security;
create policy both_ends_read on tasks_task for select using (
  organisation_id = (select pcnhub_acting_organisation())
  or to_organisation_id = (select pcnhub_acting_organisation()));
create policy send on tasks_task for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and (to_organisation_id = (select pcnhub_acting_organisation())
    or to_organisation_id = any ((select sharing_partners('tasks-to-practice', 'uses'))::bigint[])
    or to_organisation_id = any ((select sharing_partners('tasks-to-hub', 'uses'))::bigint[])));
-- What happens to a task is the receiver's to say: a sender can't make its own receipts.
create policy receiver_update on tasks_task for update
  using (to_organisation_id = (select pcnhub_acting_organisation()))
  with check (to_organisation_id = (select pcnhub_acting_organisation()));

alter table tasks_taskevent enable row level security;
alter table tasks_taskevent force row level security;
create policy with_task_read on tasks_taskevent for select
  using (exists (select 1 from tasks_task t where t.id = task_id));
create policy with_task_write on tasks_taskevent for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and exists (select 1 from tasks_task t where t.id = task_id
    and (t.to_organisation_id = (select pcnhub_acting_organisation()) or tasks_taskevent.state = 'sent')));
create trigger tasks_taskevent_append_only before update or delete on tasks_taskevent
  for each row execute function pcnhub_refuse_change();
-- Neither end may hand a task to a third, or rewrite what was asked.
create function tasks_ends_are_fixed() returns trigger language plpgsql as $$
begin
  if (new.organisation_id, new.to_organisation_id, new.text, new.kind, new.priority, new.due_on, new.patient_id,
      new.nhs_number, new.patient_label, new.consultation_id)
     is distinct from (old.organisation_id, old.to_organisation_id, old.text, old.kind, old.priority, old.due_on,
      old.patient_id, old.nhs_number, old.patient_label, old.consultation_id) then
    raise exception 'a sent task keeps its ends, its patient and what was asked' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger tasks_ends_are_fixed before update on tasks_task for each row execute function tasks_ends_are_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial"), ("sharing", "0002_partners")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
