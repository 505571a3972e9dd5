"""Who sees and who files into a record, as the database enforces it."""

from django.db import migrations

POLICIES = """
alter table records_item enable row level security;
alter table records_item force row level security;
create policy own on records_item
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create policy care_record on records_item for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and not is_confidential
  and exists (select 1 from patients_patient p where p.id = patient_id
              and not p.dissents_from_sharing and not p.is_sensitive));

alter table records_sectioncoverage enable row level security;
alter table records_sectioncoverage force row level security;
create policy own on records_sectioncoverage
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create policy care_record on records_sectioncoverage for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and exists (select 1 from patients_patient p where p.id = patient_id
              and not p.dissents_from_sharing and not p.is_sensitive));

alter table records_filedconsultation enable row level security;
alter table records_filedconsultation force row level security;
create policy own on records_filedconsultation
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create policy care_record on records_filedconsultation for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and exists (select 1 from patients_patient p where p.id = patient_id
              and not p.dissents_from_sharing and not p.is_sensitive));
-- Consultation Write Back, with its copy agreement: the hub files into the practice's record, in its own name, and may read
-- back what it filed. It never changes or deletes there.
create policy write_back_insert on records_filedconsultation for insert with check (
  source_organisation_id = (select pcnhub_acting_organisation()) and origin = 'write-back'
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and organisation_id = any ((select sharing_partners('copy-consultation', 'uses'))::bigint[]));
create policy write_back_read on records_filedconsultation for select using (
  source_organisation_id = (select pcnhub_acting_organisation()) and origin = 'write-back'
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[]));

-- A hub files into another organisation's record: never under a patient of a third. (Foreign keys look past row security.)
alter table records_item add constraint records_item_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table records_sectioncoverage add constraint records_sectioncoverage_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
alter table records_filedconsultation add constraint records_filedconsultation_patient_of_organisation
  foreign key (patient_id, organisation_id) references patients_patient (id, organisation_id);
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("patients", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
