"""Who sees a patient, as the database enforces it."""

from django.db import migrations

POLICIES = """
alter table patients_patient enable row level security;
alter table patients_patient force row level security;
create policy own on patients_patient
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Care record agreement: the hub reads the practice's row, unless the person dissents or is sensitive.
create policy care_record on patients_patient for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and not dissents_from_sharing and not is_sensitive);
-- Appointments agreement: a practice reads, makes and renews the hub's temporary registrations of its own patients.
create policy booking_read on patients_patient for select using (
  registration_type = 'temporary' and registered_practice_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));
create policy booking_insert on patients_patient for insert with check (
  registration_type = 'temporary' and registered_practice_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));
create policy booking_update on patients_patient for update
  using (registration_type = 'temporary' and registered_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]))
  with check (registration_type = 'temporary' and registered_practice_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('appointments', 'uses'))::bigint[]));

-- A policy binds rows, not columns. What a practice makes or renews at a hub is for its own row of the same person, and stays
-- the same person's: a practice can't turn the hub's row into somebody else's, nor hand it to another practice.
-- (Before a row is written, row security has not spoken yet: hence its own error code.)
create function patients_partner_keeps_identity() returns trigger language plpgsql as $$
begin
  if new.organisation_id = pcnhub_acting_organisation()
     and (tg_op = 'INSERT' or old.organisation_id = new.organisation_id) then
    return new;
  end if;
  if tg_op = 'UPDATE' and (new.organisation_id, new.nhs_number, new.registered_practice_id, new.registration_type,
                           new.trace_state, new.traced_at, new.traced_by, new.merged_into_id)
     is distinct from (old.organisation_id, old.nhs_number, old.registered_practice_id, old.registration_type,
                       old.trace_state, old.traced_at, old.traced_by, old.merged_into_id) then
    raise exception 'another organisation''s registration keeps its NHS number, its type, its practice and its trace'
      using errcode = 'insufficient_privilege';
  end if;
  -- Somebody booked by what was said at the desk has no number, and leads to nobody's record, until the hub has traced them.
  if new.nhs_number is null and new.registered_patient_id is null and new.trace_state = 'untraced' then
    return new;
  end if;
  if (tg_op = 'INSERT' or new.registered_patient_id is distinct from old.registered_patient_id)
     and not exists (select 1 from patients_patient p where p.id = new.registered_patient_id
                     and p.organisation_id = pcnhub_acting_organisation() and p.nhs_number = new.nhs_number) then
    raise exception 'a registration at another organisation links to one''s own row of the same NHS number'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger patients_partner_keeps_identity before insert or update
  on patients_patient for each row execute function patients_partner_keeps_identity();

-- For the foreign keys of rooms above that say: an entry, and the patient it is about, are of one organisation.
alter table patients_patient add constraint patients_patient_of_organisation unique (id, organisation_id);

create trigger patients_patient_version before update on patients_patient
  for each row when (old is distinct from new) execute function pcnhub_next_version();

alter table patients_protection enable row level security;
alter table patients_protection force row level security;
create policy own on patients_protection
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- Appointments agreement: a hub is told of people whom it holds, by number and date of birth; of nobody else.
create policy heeded on patients_protection for select using (
  organisation_id = any ((select sharing_partners('appointments', 'gives'))::bigint[])
  and exists (select 1 from patients_patient p where p.organisation_id = (select pcnhub_acting_organisation())
              and p.nhs_number = patients_protection.nhs_number and p.birth_date = patients_protection.birth_date));
alter table patients_protection add constraint patients_protection_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);

alter table patients_importbatch enable row level security;
alter table patients_importbatch force row level security;
create policy own on patients_importbatch
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- A batch counts and names nobody: the hub may see how fresh and how complete its practices' lists are (CHK-29 to CHK-31).
create policy care_record on patients_importbatch for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]));
-- A hub may bring a member practice's file, under the same agreement; what it brought it may review. Taking it in is the
-- practice's act: the hub asks, and a job does it for the practice.
create policy brought on patients_importbatch for select using (
  received_from_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]));
create policy brought_in on patients_importbatch for insert with check (
  received_from_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]));
create policy brought_on on patients_importbatch for update
  using (received_from_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]))
  with check (received_from_id = (select pcnhub_acting_organisation())
    and organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[]));
-- A regular registration belongs to a practice. At a hub it would take the patient off their practice's list
-- (`domain.md` 1.1): no code path may make one, so the table itself refuses.
create function patients_no_regular_outside_practice() returns trigger language plpgsql as $$
begin
  if new.registration_type = 'regular'
     and (select kind from organisations_organisation where id = new.organisation_id) <> 'practice' then
    raise exception 'a regular registration can only be held by a practice' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger patients_no_regular_outside_practice before insert or update of registration_type, organisation_id
  on patients_patient for each row execute function patients_no_regular_outside_practice();
"""


OF_ONE_ORGANISATION = (
    "importrejection", "importfile", "importchange", "possibleduplicate", "savedmapping",
    "claimdecision", "formernumber", "traceattempt", "contactoffer", "merge",
)
OWN = """
alter table patients_{table} enable row level security;
alter table patients_{table} force row level security;
create policy own on patients_{table}
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
"""
# What a file that the hub brought led to, for who reviews it there.
BROUGHT = """
create policy brought{suffix} on patients_{table} for {verb} (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and exists (select 1 from patients_importbatch b where b.id = patients_{table}.batch_id
              and b.received_from_id = (select pcnhub_acting_organisation())));
"""
TABLES = (
    "".join(OWN.format(table=table) for table in OF_ONE_ORGANISATION)
    + "".join(
        BROUGHT.format(table=table, suffix="", verb="select using")
        for table in ("importrejection", "importfile", "importchange", "possibleduplicate")
    )
    + BROUGHT.format(table="importfile", suffix="_in", verb="insert with check")
)


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("sharing", "0002_partners"), ("organisations", "0002_versions")]
    operations = [migrations.RunSQL(POLICIES + TABLES, migrations.RunSQL.noop)]
