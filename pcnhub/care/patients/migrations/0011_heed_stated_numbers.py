from django.db import migrations

# Appointments agreement: a hub is told of somebody whom it holds without knowing who they are, too, where the number that they
# gave and their date of birth are both a protected person's; of nobody else.
HEEDED = """
create policy heeded_of_untraced on patients_protection for select using (
  organisation_id = any ((select sharing_partners('appointments', 'gives'))::bigint[])
  and exists (select 1 from patients_patient p where p.organisation_id = (select pcnhub_acting_organisation())
              and p.birth_date = patients_protection.birth_date and p.nhs_number is null and p.merged_into_id is null
              and p.stated_nhs_number = patients_protection.nhs_number));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0010_undone_links"),
    ]

    operations = [
        migrations.RunSQL(HEEDED, "drop policy heeded_of_untraced on patients_protection;"),
    ]
