"""What a later version holds as confidential is not read in an earlier one by another organisation.

Row security of a table can't ask the table itself; the function asks as the owner, of later versions alone, and answers yes
or no.
"""

from django.db import migrations

KEPT_BACK = """
create policy later_versions on records_filedconsultation for select to current_user using (version > 1);
create function records_is_kept_back(holder bigint, source bigint, key text, number int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select from records_filedconsultation
    where organisation_id = holder and source_organisation_id = source and source_key = key and version > number
      and version > 1
      and (is_confidential or sections @> '[{"is_confidential": true}]' or entries @> '[{"is_confidential": true}]'))
$$;
drop policy care_record on records_filedconsultation;
create policy care_record on records_filedconsultation for select using (
  organisation_id = any ((select sharing_partners('care-record', 'uses'))::bigint[])
  and not is_confidential
  and exists (select 1 from patients_patient p where p.id = patient_id
              and not p.dissents_from_sharing and not p.is_sensitive)
  and not records_is_kept_back(organisation_id, source_organisation_id, source_key, version));
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0005_write_back_in_full")]
    operations = [migrations.RunSQL(KEPT_BACK, migrations.RunSQL.noop)]
