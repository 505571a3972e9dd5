"""When the national service takes a restriction back, the practices' own word holds in the same moment.

The hub can't ask by itself: row security shows it no practice's row of a protected person, and of the word itself only what fits
the date of birth that it has. So the database asks as it closes entries (`patients_keep_protected`): by number alone, in the
statement that takes the restriction back, and whoever wrote that statement is told nothing but what then stands in the row.
"""

from django.db import migrations

KEPT = """
-- By every number under which a practice may have the person, and by every link: those of the entry, and of what was merged
-- into it. The practice where they are registered is asked as that practice, under the appointments agreement; where that is
-- not in effect, nobody can be asked, and the hub keeps what it had.
create function patients_word_of_practices_stands() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  acting text := coalesce(current_setting('pcnhub.organisation', true), '');
  numbers text[];
  links bigint[];
  homes bigint[];
  sharing bigint[] := sharing_partners('appointments', 'gives');
  home bigint;
begin
  select array_agg(number), array_agg(link), array_agg(practice) into numbers, links, homes from (
    values (new.nhs_number, new.registered_patient_id, new.registered_practice_id),
           (old.nhs_number, old.registered_patient_id, old.registered_practice_id)
    union all
    select coalesce(m.nhs_number, m.stated_nhs_number), m.registered_patient_id,
      case when m.registered_patient_id is not null then m.registered_practice_id end  -- else it is whoever booked
      from patients_patient m where m.organisation_id = new.organisation_id and m.merged_into_id = new.id
    union all
    select f.nhs_number, null, null
      from patients_formernumber f where f.organisation_id = new.organisation_id and f.patient_id = new.id and f.ended = 'superseded'
  ) known (number, link, practice);
  if exists (select from patients_protection
             where is_sensitive and (nhs_number = any (numbers) or patient_id = any (links))) then
    new.is_sensitive := true;
  end if;
  foreach home in array array_remove(homes, null) loop
    exit when new.is_sensitive;
    perform set_config('pcnhub.organisation', home::text, true);
    if not home = any (sharing)
       or exists (select from patients_patient p where p.organisation_id = home and p.is_sensitive
                  and (p.nhs_number = any (numbers) or p.id = any (links))) then
      new.is_sensitive := true;
    end if;
  end loop;
  perform set_config('pcnhub.organisation', acting, true);
  return new;
end
$$;
-- After patients_word_of_pds_stands, by its name: whoever gets here is the organisation that asked the service.
create trigger patients_word_of_practices_stands before update of pds_restricts on patients_patient
  for each row when (old.pds_restricts and not new.pds_restricts and not new.is_sensitive and new.nhs_number = old.nhs_number)
  execute function patients_word_of_practices_stands();
"""
UNDO = """
drop trigger patients_word_of_practices_stands on patients_patient; drop function patients_word_of_practices_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0017_filed_people"), ("sharing", "0002_partners")]
    operations = [migrations.RunSQL(KEPT, UNDO)]
