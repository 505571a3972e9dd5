"""That a patient's practice exists is looked at once a statement, as that their organisation does (0017): a reference asked it for
each row of a long list, where there is none. And only a temporary registration can be another organisation's doing (policy
`booking_insert`), so that of a list's rows the database need not ask whose they are.
"""

import django.db.models.deletion
from django.db import migrations, models

WRITTEN = """
create or replace function patients_written() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  alike record;
  holder text;
begin
  for alike in
    select distinct organisation_id, registration_type = 'regular' as is_regular, batch_id, made_in_id, registered_practice_id
      from written
  loop
    select kind into holder from organisations_organisation where id = alike.organisation_id;
    if not found then
      raise exception 'a patient is held by an organisation that is here' using errcode = 'foreign_key_violation';
    end if;
    if alike.is_regular and holder <> 'practice' then
      raise exception 'a regular registration can only be held by a practice' using errcode = 'check_violation';
    end if;
    if alike.registered_practice_id is not null
       and not exists (select from organisations_organisation where id = alike.registered_practice_id) then
      raise exception 'a patient is registered at a practice that is here' using errcode = 'foreign_key_violation';
    end if;
    if exists (select from (values (alike.batch_id), (alike.made_in_id)) as named(id)
               where named.id is not null and not exists (
                 select from patients_importbatch b where b.id = named.id and b.organisation_id = alike.organisation_id)) then
      raise exception 'a patient comes from an import of the organisation that holds them' using errcode = 'foreign_key_violation';
    end if;
  end loop;
  return null;
end $$;
drop trigger patients_partner_makes on patients_patient;
create trigger patients_partner_makes before insert on patients_patient for each row
  when (new.registration_type = 'temporary' and new.organisation_id is distinct from pcnhub_acting_organisation())
  execute function patients_partner_keeps_identity();
"""
# What the function says besides, an older table bears.
AS_BEFORE = """
drop trigger patients_partner_makes on patients_patient;
create trigger patients_partner_makes before insert on patients_patient for each row
  when (new.organisation_id is distinct from pcnhub_acting_organisation()) execute function patients_partner_keeps_identity();
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0004_closed_days"), ("patients", "0019_counted_anew")]

    operations = [
        migrations.RunSQL(WRITTEN, AS_BEFORE),
        migrations.AlterField(
            "patient",
            "registered_practice",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
                db_constraint=False,
                db_index=False,
            ),
        ),
    ]
