"""Who comes with a long list is in at once, and filed under name, birth date, postcode and telephone afterwards.

More than half of what a list's row costs is finding its place in the six indexes by which people are looked for. They hold
people who are filed; until a job has filed those of a new list (`operations.imports.filing`), whoever searches reads that list's own
stretch of the table beside them (`queries.filing`). So nobody is missed for a moment.

Beside that, what is the same for a whole list is looked at once a statement: that its organisation is there (a reference asked
it a million times), what kind that is, and whose import it was. Whom an import brought is found among its organisation's people,
without an index of its own; the few whom it hides from hubs have one; and a number's form is asked for in the words that take the database least.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from pcnhub.foundations.database.at_once import AtOnce

# All three at once: each would write the table anew. The trigger doesn't compare whole rows, as those of other tables do: before
# a row is written its generated columns are empty, so that no two are alike; and PostgreSQL makes no such trigger on a table that
# has them, so that no backup could be restored.
KEYS = """
alter table patients_patient drop column given_word, drop column mobile_digits, drop column home_digits;
-- Filing changes nothing of the person: it is no version, and what anybody saw of them stands.
drop trigger patients_patient_version on patients_patient;
create trigger patients_patient_version before update on patients_patient
  for each row when (old.is_filed or not new.is_filed) execute function pcnhub_next_version();
alter table patients_patient
  add column given_word text generated always as (case when is_filed then patients_first_word(given_name) end) stored,
  add column mobile_digits text generated always as (case when is_filed then patients_phone_digits(mobile_phone) end) stored,
  add column home_digits text generated always as (case when is_filed then patients_phone_digits(home_phone) end) stored;
create index patient_by_given_name on patients_patient (organisation_id, given_word, family_name) where is_filed;
create index patient_by_mobile on patients_patient (organisation_id, mobile_digits) where mobile_digits is not null;
create index patient_by_home_phone on patients_patient (organisation_id, home_digits) where home_digits is not null;
"""
KEYS_AS_BEFORE = """
alter table patients_patient drop column given_word, drop column mobile_digits, drop column home_digits;
drop trigger patients_patient_version on patients_patient;
create trigger patients_patient_version before update on patients_patient
  for each row when (old is distinct from new) execute function pcnhub_next_version();
alter table patients_patient
  add column given_word text not null generated always as (patients_first_word(given_name)) stored,
  add column mobile_digits text generated always as (patients_phone_digits(mobile_phone)) stored,
  add column home_digits text generated always as (patients_phone_digits(home_phone)) stored;
create index patient_by_given_name on patients_patient (organisation_id, given_word, family_name);
create index patient_by_mobile on patients_patient (organisation_id, mobile_digits) where mobile_digits is not null;
create index patient_by_home_phone on patients_patient (organisation_id, home_digits) where home_digits is not null;
"""

# The index that rooms above refer to is also the one by which everybody of an organisation is come to: the organisation first.
# What refers to it is made anew as it was.
EVERYBODY_OF_AN_ORGANISATION = """
do $$
declare
  reference record;
  again text[] := '{}';
  statement text;
begin
  for reference in
    select conrelid::regclass as at, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where contype = 'f' and conindid = 'patients_patient_of_organisation'::regclass order by oid
  loop
    again := again || format('alter table %s add constraint %I %s', reference.at, reference.name, reference.definition);
    execute format('alter table %s drop constraint %I', reference.at, reference.name);
  end loop;
  alter table patients_patient drop constraint patients_patient_of_organisation;
  alter table patients_patient add constraint patients_patient_of_organisation unique (organisation_id, id);
  foreach statement in array again loop
    execute statement;
  end loop;
end $$;
"""

RULES = """
-- Who is filed stays filed, whatever an older copy of the row says.
create function patients_stays_filed() returns trigger language plpgsql as $$
begin
  new.is_filed := true;
  return new;
end $$;
create trigger patients_stays_filed before update of is_filed on patients_patient
  for each row when (old.is_filed and not new.is_filed) execute function patients_stays_filed();

create or replace function patients_written() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  alike record;
  holder text;
begin
  for alike in select distinct organisation_id, registration_type = 'regular' as is_regular, batch_id, made_in_id from written loop
    select kind into holder from organisations_organisation where id = alike.organisation_id;
    if not found then
      raise exception 'a patient is held by an organisation that is here' using errcode = 'foreign_key_violation';
    end if;
    if alike.is_regular and holder <> 'practice' then
      raise exception 'a regular registration can only be held by a practice' using errcode = 'check_violation';
    end if;
    if exists (select from (values (alike.batch_id), (alike.made_in_id)) as named(id)
               where named.id is not null and not exists (
                 select from patients_importbatch b where b.id = named.id and b.organisation_id = alike.organisation_id)) then
      raise exception 'a patient comes from an import of the organisation that holds them' using errcode = 'foreign_key_violation';
    end if;
  end loop;
  return null;
end $$;
-- The other end of the reference to an import.
create or replace function patients_importbatch_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from patients_patient p
             where p.organisation_id = old.organisation_id and (p.batch_id = old.id or p.made_in_id = old.id)) then
    raise exception 'patients came with this import' using errcode = 'foreign_key_violation';
  end if;
  return old;
end $$;
-- The other end of the reference to an organisation, for all that is said of an organisation: it is closed, and never gone.
create function patients_organisation_stays() returns trigger language plpgsql as $$
begin
  raise exception 'an organisation stays on record: it is closed, never removed' using errcode = 'foreign_key_violation';
end $$;
create trigger patients_organisation_stays before delete on organisations_organisation
  for each row execute function patients_organisation_stays();
create trigger patients_organisation_keeps_id before update of id on organisations_organisation
  for each row when (old.id <> new.id) execute function patients_organisation_stays();

-- Names into an organisation's vocabulary, also of people who are not filed. In one order, so that two who learn the same wait for each other and never both ways.
-- For the two functions below, which say whose: it writes as whoever calls it, and nobody may write names but their owner.
create function patients_learnt(whose bigint, families text[], given text[]) returns void
language sql set search_path = public, pg_temp as $$
  with names as (
    select 'family' as part, word, family as name from unnest(families) family, string_to_table(patients_folded(family), ' ') word
    union
    select 'given', patients_first_word(whole), '' from unnest(given) whole)
  insert into patients_knownname (organisation_id, part, word, name)
  select whose, part, word, name from names
    where word <> '' and not exists (
      select from patients_knownname k where (k.organisation_id, k.word, k.part, k.name) = (whose, names.word, names.part, names.name))
    order by word, part, name
  on conflict do nothing
$$;
-- Of these people, as far as the acting organisation may read them.
create function patients_learn_names_of(whose bigint, ids bigint[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select patients_learnt(whose, array_agg(distinct family_name), array_agg(distinct given_name))
  from patients_patient where organisation_id = whose and id = any (ids)
$$;
-- Of a list that the acting organisation takes in: it need not be read again for that.
create function patients_learn_own_names(families text[], given text[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  select patients_learnt(pcnhub_acting_organisation(), families, given)
$$;
drop function patients_learn_names(bigint, bigint, bigint[]);
"""
# What the functions of triggers say besides, the older tables bear.
RULES_AS_BEFORE = """
drop function patients_learn_own_names(text[], text[]); drop function patients_learn_names_of(bigint, bigint[]);
drop function patients_learnt(bigint, text[], text[]);
create function patients_learn_names(whose bigint, of_batch bigint, ids bigint[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  with people as (
    select family_name, given_word from patients_patient where organisation_id = whose and (id = any (ids) or batch_id = of_batch)),
  names as (
    select 'family' as part, word, family_name as name
      from (select distinct family_name from people) family, string_to_table(patients_folded(family_name), ' ') word
    union
    select distinct 'given', given_word, '' from people)
  insert into patients_knownname (organisation_id, part, word, name)
  select whose, part, word, name from names where word <> '' order by word, part, name
  on conflict do nothing
$$;
drop trigger patients_stays_filed on patients_patient; drop function patients_stays_filed();
drop trigger patients_organisation_stays on organisations_organisation;
drop trigger patients_organisation_keeps_id on organisations_organisation; drop function patients_organisation_stays();
"""

FILED = models.Q(("is_filed", True))


def once_filed(column: str, function: str) -> models.Case:
    return models.Case(models.When(FILED, then=models.Func(column, function=function)))


def key(name: str, column: str, function: str, **says: str) -> migrations.AddField:
    return migrations.AddField(
        "patient",
        name,
        models.GeneratedField(
            db_persist=True,
            expression=once_filed(column, function),
            output_field=models.TextField(null=True),
            **says,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0004_closed_days"),
        ("patients", "0016_word_of_pds"),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField(
                    "importbatch",
                    "unfiled",
                    models.IntegerField(
                        db_default=0,
                        default=0,
                        help_text="People who came with it and are not in the indexes by which people are found",
                    ),
                ),
                migrations.AddIndex(
                    "importbatch",
                    models.Index(condition=models.Q(("unfiled__gt", 0)), fields=["organisation"], name="import_to_file"),
                ),
                migrations.AddField(
                    "patient",
                    "is_filed",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="In the indexes by which people are found; who came with a long list is filed once it is in"
                        " (`operations.imports.filing`)",
                    ),
                ),
                migrations.AlterField(
                    "patient",
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                migrations.RemoveConstraint("patient", "patient_nhs_number_form"),
                migrations.AddConstraint(
                    "patient",
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("nhs_number"), 10), ~models.Q(nhs_number__regex=r"[^0-9]")),
                        name="patient_nhs_number_form",
                    ),
                ),
                migrations.RemoveIndex("patient", "patient_by_import"),
                migrations.AddIndex(
                    "patient",
                    models.Index(
                        condition=models.Q(("is_sensitive", True), ("dissents_from_sharing", True), _connector="OR"),
                        fields=["organisation"],
                        name="patient_hidden",
                    ),
                ),
                migrations.RemoveIndex("patient", "patient_by_name"),
                migrations.RemoveIndex("patient", "patient_by_birth_date"),
                migrations.RemoveIndex("patient", "patient_by_postcode"),
                migrations.AddIndex(
                    "patient",
                    models.Index(
                        condition=FILED, fields=["organisation", "family_name", "given_name"], name="patient_by_name"
                    ),
                ),
                migrations.AddIndex(
                    "patient",
                    models.Index(condition=FILED, fields=["organisation", "birth_date"], name="patient_by_birth_date"),
                ),
                migrations.AddIndex(
                    "patient",
                    models.Index(
                        condition=models.Q(("is_filed", True), models.Q(("postcode", ""), _negated=True)),
                        fields=["organisation", "postcode"],
                        name="patient_by_postcode",
                    ),
                ),
            ]
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(KEYS, KEYS_AS_BEFORE)],
            [
                migrations.RemoveIndex("patient", "patient_by_given_name"),
                migrations.RemoveIndex("patient", "patient_by_mobile"),
                migrations.RemoveIndex("patient", "patient_by_home_phone"),
                migrations.RemoveField("patient", "given_word"),
                migrations.RemoveField("patient", "mobile_digits"),
                migrations.RemoveField("patient", "home_digits"),
                key("given_word", "given_name", "patients_first_word", help_text="The first given name, folded"),
                key(
                    "mobile_digits",
                    "mobile_phone",
                    "patients_phone_digits",
                    help_text="The last ten digits, however it was written",
                ),
                key("home_digits", "home_phone", "patients_phone_digits"),
                migrations.AddIndex(
                    "patient",
                    models.Index(
                        condition=FILED,
                        fields=["organisation", "given_word", "family_name"],
                        name="patient_by_given_name",
                    ),
                ),
                *(
                    migrations.AddIndex(
                        "patient",
                        models.Index(
                            condition=models.Q((f"{column}__isnull", False)),
                            fields=["organisation", column],
                            name=name,
                        ),
                    )
                    for column, name in (
                        ("mobile_digits", "patient_by_mobile"),
                        ("home_digits", "patient_by_home_phone"),
                    )
                ),
            ],
        ),
        migrations.RunSQL(EVERYBODY_OF_AN_ORGANISATION, migrations.RunSQL.noop),
        migrations.RunSQL(RULES, RULES_AS_BEFORE),
    ]
