"""Whose word a protection is stands beside it: what the national service said, no practice's word takes away.

A practice that has not heard of it yet, or whose list is old, cannot know better; and under a former number it may still have a
person whom the hub holds under the newer one.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("pcnhub.care.patients.migrations.0015_protected_numbers")

KEPT = """
-- As before, by number alone; and of a practice's own patient, too, where the hub itself was told by the national service.
create or replace function patients_keep_protected() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  acting text := coalesce(current_setting('pcnhub.organisation', true), '');
  given text := coalesce(new.nhs_number, new.stated_nhs_number);
begin
  perform set_config('pcnhub.organisation', new.organisation_id::text, true);
  if exists (select from patients_patient p where p.organisation_id = new.organisation_id and p.pds_restricts
             and p.nhs_number = given and p.id <> new.id)
     or exists (select from patients_formernumber f join patients_patient p on p.id = f.patient_id
                where f.organisation_id = new.organisation_id and f.ended = 'superseded' and f.nhs_number = given
                and p.pds_restricts and p.id <> new.id) then
    new.is_sensitive := true;
    new.pds_restricts := true;
  elsif new.registered_patient_id is null and (
     exists (select from patients_protection where nhs_number = given and is_sensitive)
     or exists (select from patients_patient p where p.organisation_id = new.organisation_id and p.is_sensitive
                and p.nhs_number = given and p.id <> new.id)
     or exists (select from patients_formernumber f join patients_patient p on p.id = f.patient_id
                where f.organisation_id = new.organisation_id and f.ended = 'superseded' and f.nhs_number = given
                and p.is_sensitive and p.id <> new.id)) then
    new.is_sensitive := true;
  end if;
  perform set_config('pcnhub.organisation', acting, true);
  return new;
end
$$;
drop trigger patients_keep_protected on patients_patient;
create trigger patients_keep_protected before insert or update of nhs_number, stated_nhs_number on patients_patient
  for each row when (new.registration_type = 'temporary' and (new.nhs_number is not null or new.stated_nhs_number <> ''))
  execute function patients_keep_protected();

-- A practice keeps a hub's registrations of its patients right; this it cannot know better than the hub, which asked.
create function patients_word_of_pds_stands() returns trigger language plpgsql as $$
begin
  if old.organisation_id is distinct from pcnhub_acting_organisation() then
    raise exception 'what the national service said of a patient is taken back by the organisation that asked it'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger patients_word_of_pds_stands before update of pds_restricts on patients_patient
  for each row when (old.pds_restricts and not new.pds_restricts) execute function patients_word_of_pds_stands();
"""
# Who is protected stays so; whose word it was is forgotten, and found again on the way forward as it was at first.
UNDO = f"""
drop trigger patients_word_of_pds_stands on patients_patient; drop function patients_word_of_pds_stands();
drop trigger patients_keep_protected on patients_patient;
{BEFORE.CLOSES}
"""
# Whoever is held already.
ALREADY = """
-- Whose protection no practice's word explains, of whom the service was asked last. The owner sees
-- no patient: the guards are down within this transaction, which nobody else sees.
alter table patients_patient no force row level security;
alter table patients_protection no force row level security;
update patients_patient held set pds_restricts = true
where held.registration_type = 'temporary' and held.is_sensitive and held.nhs_number is not null and held.trace_state = 'traced'
  and not exists (select from patients_protection word where word.nhs_number = held.nhs_number and word.is_sensitive)
  and not exists (select from patients_patient home where home.id = held.registered_patient_id and home.is_sensitive);
set constraints all immediate;
alter table patients_protection force row level security;
alter table patients_patient force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0015_protected_numbers")]
    operations = [
        migrations.AddField(
            model_name="patient",
            name="pds_restricts",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The S-flag is the national service's word: no practice's takes it away",
            ),
        ),
        migrations.RunSQL(KEPT + ALREADY, UNDO),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(is_sensitive=True) | models.Q(pds_restricts=False),
                name="patient_restricted_is_protected",
            ),
        ),
    ]
