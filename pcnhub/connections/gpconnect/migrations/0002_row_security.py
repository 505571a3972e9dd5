"""What an organisation asks of another for its patient is that organisation's alone."""

from django.db import migrations

POLICIES = """
alter table gpconnect_bookingelsewhere enable row level security;
alter table gpconnect_bookingelsewhere force row level security;
create policy own on gpconnect_bookingelsewhere
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation())
    and exists (select 1 from patients_patient p
      where p.id = patient_id and p.organisation_id = (select pcnhub_acting_organisation())));
"""


class Migration(migrations.Migration):
    dependencies = [("gpconnect", "0001_initial"), ("database", "0001_row_security")]
    operations = [migrations.RunSQL(POLICIES, "drop policy own on gpconnect_bookingelsewhere;")]
