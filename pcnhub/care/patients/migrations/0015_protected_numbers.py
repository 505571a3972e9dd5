"""No row with a protected person's number comes into being unprotected at a hub, whoever writes it and by whichever door.

The database closes the row in the statement that writes it: what the caller does is the same, and takes as long, whosever
number it is, so that no answer tells. It looks as the hub that holds the row: at that hub's own people, and at the word of the
practices that share with it, by number alone, for a date of birth may have been misheard. Whoever may see the protected then
says whether it is that person (`operations.protected`).

A row that is linked to a practice's own is that practice's word of its own patient, and follows it.
"""

from django.db import migrations, models

MAY_ASK = """
-- The function below asks as the owner, of whom a practice has called protected for the acting hub, and of nothing else.
create policy functions on patients_protection for select to current_user using (
  is_sensitive and organisation_id = any ((select sharing_partners('appointments', 'gives'))::bigint[]));
"""
CLOSES = """
create or replace function patients_keep_protected() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  acting text := coalesce(current_setting('pcnhub.organisation', true), '');
  given text := coalesce(new.nhs_number, new.stated_nhs_number);
begin
  perform set_config('pcnhub.organisation', new.organisation_id::text, true);
  if exists (select from patients_protection where nhs_number = given and is_sensitive)
     or exists (select from patients_patient p where p.organisation_id = new.organisation_id and p.is_sensitive
                and p.nhs_number = given and p.id <> new.id)
     or exists (select from patients_formernumber f join patients_patient p on p.id = f.patient_id
                where f.organisation_id = new.organisation_id and f.ended = 'superseded' and f.nhs_number = given
                and p.is_sensitive and p.id <> new.id) then
    new.is_sensitive := true;
  end if;
  perform set_config('pcnhub.organisation', acting, true);
  return new;
end
$$;
create trigger patients_keep_protected before insert or update of nhs_number, stated_nhs_number on patients_patient
  for each row when (new.registration_type = 'temporary' and new.registered_patient_id is null
                     and (new.nhs_number is not null or new.stated_nhs_number <> ''))
  execute function patients_keep_protected();
"""
UNDO = """
drop trigger patients_keep_protected on patients_patient; drop function patients_keep_protected();
drop policy functions on patients_protection;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0014_fewer_indexes"), ("sharing", "0002_partners")]
    operations = [
        migrations.AddField(
            model_name="patient",
            name="put_down_by",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Who wrote an unregistered person down, as an actor's user: they go on seeing their own words",
            ),
        ),
        migrations.RunSQL(MAY_ASK + CLOSES, UNDO),
    ]
