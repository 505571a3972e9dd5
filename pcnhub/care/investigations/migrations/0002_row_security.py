"""A test request belongs to its two sides; each changes its own part, and neither answers for the other."""

from django.db import migrations

POLICIES = """
alter table investigations_investigation enable row level security;
alter table investigations_investigation force row level security;
create policy both_sides_read on investigations_investigation for select using (
  organisation_id = (select pcnhub_acting_organisation())
  or to_organisation_id = (select pcnhub_acting_organisation()));
create policy ask on investigations_investigation for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and to_organisation_id = any ((select sharing_partners('tasks-to-practice', 'uses'))::bigint[]));
create policy both_sides_update on investigations_investigation for update
  using (organisation_id = (select pcnhub_acting_organisation())
    or to_organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation())
    or to_organisation_id = (select pcnhub_acting_organisation()));

alter table investigations_investigationevent enable row level security;
alter table investigations_investigationevent force row level security;
create policy with_request_read on investigations_investigationevent for select
  using (exists (select 1 from investigations_investigation i where i.id = investigation_id));
create policy with_request_write on investigations_investigationevent for insert with check (
  organisation_id = (select pcnhub_acting_organisation())
  and exists (select 1 from investigations_investigation i where i.id = investigation_id));
create trigger investigations_investigationevent_append_only
  before update or delete on investigations_investigationevent
  for each row execute function pcnhub_refuse_change();

-- What was asked stays what it was. Of the rest each side writes its own: the practice the order and the result, the hub the
-- task that carries it, a result that came astray, and that it needs it no longer.
create function investigations_each_side_its_own() returns trigger language plpgsql as $$
declare
  asks boolean := old.organisation_id = pcnhub_acting_organisation();
begin
  if (new.organisation_id, new.to_organisation_id, new.patient_id, new.nhs_number, new.patient_label, new.consultation_id,
      new.form_id, new.tests, new.details, new.priority, new.asked_at, new.asked_by, new.asked_by_name, new.idempotency_key)
     is distinct from (old.organisation_id, old.to_organisation_id, old.patient_id, old.nhs_number, old.patient_label,
      old.consultation_id, old.form_id, old.tests, old.details, old.priority, old.asked_at, old.asked_by,
      old.asked_by_name, old.idempotency_key) then
    raise exception 'a test request keeps its sides, its patient and what was asked' using errcode = 'check_violation';
  end if;
  if asks and ((new.order_reference, new.ordered_on, new.chase_on, new.resulted_on, new.receiver_patient_id)
      is distinct from (old.order_reference, old.ordered_on, old.chase_on, old.resulted_on, old.receiver_patient_id)
      or new.state not in (old.state, 'withdrawn')) then
    raise exception 'what became of the tests is the practice''s to say' using errcode = 'check_violation';
  end if;
  if not asks and ((new.task_id, new.result_id) is distinct from (old.task_id, old.result_id)
      or new.state = 'withdrawn') then
    raise exception 'only who asked withdraws a test request' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger investigations_each_side_its_own before update on investigations_investigation
  for each row execute function investigations_each_side_its_own();
"""


class Migration(migrations.Migration):
    dependencies = [("investigations", "0001_initial"), ("sharing", "0002_partners")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
