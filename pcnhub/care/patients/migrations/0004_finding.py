"""Finding people: keys that the database keeps, and the names that an organisation's people have.

Row security judges a row before any function sees it that might give values away; such a function can't look into an index
then, and `lower`, `like` and the trigrams' operators are such functions. So people are found by plain equality: with columns
that the database generates, and with names taken from the vocabulary, which leads to nobody.
"""

import unicodedata

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

# As `rules.names` folds: a test holds the two together. An import asks them a million times: most names are plain ASCII and most
# numbers figures and spaces, which have a quick way.
FOLDS = """
create function patients_folded(text) returns text language sql immutable strict parallel safe
  return case when octet_length($1) = length($1) then translate(lower($1), '{plain_ascii}', '{folded_ascii}')
              else translate(lower($1), '{plain}', '{folded}') end;
create function patients_first_word(text) returns text language sql immutable strict parallel safe
  return split_part(patients_folded($1), ' ', 1);
-- A number may be written with words behind it (his wife's), and then takes the slow way.
create function patients_phone_digits(text) returns text language sql immutable strict parallel safe
  return case when $1 = '' then null
              when right($1, 1) collate "C" between '0' and '9' then right(translate($1, ' -().+/', ''), 10)
              else substring(regexp_replace($1, '[^0-9]', '', 'g') from '[0-9]{{10}}$') end;
"""

VOCABULARY = """
alter table patients_knownname enable row level security;
alter table patients_knownname force row level security;
create policy own on patients_knownname for select using (organisation_id = (select pcnhub_acting_organisation()));
-- The functions below run as the owner, so that they may use the index of trigrams; they look at the acting organisation's
-- names only, and learn only what the acting organisation may read of a patient.
create policy functions on patients_knownname to current_user using (true) with check (true);

-- The names of the organisation's people of an import, or of these people. In one order, so that two who learn the same
-- wait for each other and never both ways.
create function patients_learn_names(whose bigint, of_batch bigint, ids bigint[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  with people as (
    select family_name, given_word from patients_patient
      where ids is not null and organisation_id = whose and id = any (ids)
    union all
    select family_name, given_word from patients_patient
      where of_batch is not null and organisation_id = whose and batch_id = of_batch),
  names as (
    select 'family' as part, word, family_name as name
      from (select distinct family_name from people) family, string_to_table(patients_folded(family_name), ' ') word
    union
    select distinct 'given', given_word, '' from people)
  insert into patients_knownname (organisation_id, part, word, name)
  select whose, part, word, name from names
    where word <> '' and not exists (
      select from patients_knownname k where (k.organisation_id, k.word, k.part, k.name) = (whose, names.word, names.part, names.name))
    order by word, part, name
  on conflict do nothing
$$;

create function patients_names_beginning(asked text, most int) returns table (part text, word text, name text)
language sql stable security definer set search_path = public, pg_temp as $$
  select part, word, name from patients_knownname
  where organisation_id = pcnhub_acting_organisation() and word >= asked and word < asked || chr(1114111)
  order by word, part, name limit most
$$;

-- `respelt` are words that differ from what was asked as a slip of the finger does, whatever their trigrams.
create function patients_names_like(asked text, respelt text[], most int) returns table (part text, word text, name text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare here bigint := pcnhub_acting_organisation();
begin
  perform set_config('pg_trgm.similarity_threshold', '0.25', true);
  return query
    select k.part, k.word, k.name from patients_knownname k where k.organisation_id = here and k.word = any (respelt)
    union
    (select k.part, k.word, k.name from patients_knownname k
     where k.organisation_id = here and k.word % asked and length(k.word) between length(asked) - 2 and length(asked) + 2
     order by similarity(k.word, asked) desc limit most);
end $$;
"""

# Whoever is held already. The owner sees no patient: the guard is down within this transaction, which nobody else sees.
ALREADY = """
alter table patients_patient no force row level security;
insert into patients_knownname (organisation_id, part, word, name)
  select distinct organisation_id, 'family', word, family_name
    from patients_patient, string_to_table(patients_folded(family_name), ' ') word where word <> ''
  union select distinct organisation_id, 'given', given_word, '' from patients_patient where given_word <> '';
alter table patients_patient force row level security;
"""
UNDO = """
drop function patients_names_like(text, text[], int); drop function patients_names_beginning(text, int);
drop function patients_learn_names(bigint, bigint, bigint[]);
"""


def folds() -> str:
    """The letters with marks of Europe's Latin alphabets without them; hyphens part words, apostrophes and stops don't."""
    letters = [chr(code) for code in range(0xC0, 0x180)]
    bases = {letter: unicodedata.normalize("NFD", letter)[0].lower() for letter in letters}
    bases |= dict(zip("ØøÐðĐđĦħŁłŊŋŦŧıĿŀÆæŒœß", "ooddddhhllnnttillaaoos", strict=True))
    folded = {letter: base for letter, base in bases.items() if base.isascii() and base.isalpha()}
    parting, silent = "-\u2010\u2011\u2012\u2013\u2014\u00a0/,", "'\u2019\u2018\u00b4`.\u02bc"
    marks, spaces = parting + silent, " " * len(parting)
    in_ascii = [mark for mark in marks if mark.isascii()]
    return FOLDS.format(
        plain=("".join(folded) + marks).replace("'", "''"),
        folded="".join(folded.values()) + spaces,
        plain_ascii="".join(in_ascii).replace("'", "''"),
        folded_ascii=" " * sum(mark in parting for mark in in_ascii),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_versions"),
        ("patients", "0003_trace_runs"),
    ]

    operations = [
        migrations.RunSQL("create extension if not exists pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL(
            folds(),
            "drop function patients_first_word(text); drop function patients_folded(text);"
            " drop function patients_phone_digits(text)",
        ),
        migrations.CreateModel(
            name="KnownName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.TextField()),
                ("word", models.TextField(db_collation="C")),
                ("name", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="patient",
            name="given_word",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("given_name", function="patients_first_word"),
                help_text="The first given name, folded",
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="home_digits",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("home_phone", function="patients_phone_digits"),
                output_field=models.TextField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="mobile_digits",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("mobile_phone", function="patients_phone_digits"),
                help_text="The last ten digits, however it was written",
                output_field=models.TextField(null=True),
            ),
        ),
        migrations.AlterField(
            model_name="patient",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["organisation", "given_word", "family_name"], name="patient_by_given_name"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("postcode", ""), _negated=True),
                fields=["organisation", "postcode"],
                name="patient_by_postcode",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("mobile_digits__isnull", False)),
                fields=["organisation", "mobile_digits"],
                name="patient_by_mobile",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("home_digits__isnull", False)),
                fields=["organisation", "home_digits"],
                name="patient_by_home_phone",
            ),
        ),
        migrations.AddField(
            model_name="knownname",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddIndex(
            model_name="knownname",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["word"], name="known_name_by_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddConstraint(
            model_name="knownname",
            constraint=models.CheckConstraint(
                condition=models.Q(("part__in", ["family", "given"])), name="known_name_part_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="knownname",
            constraint=models.UniqueConstraint(fields=("organisation", "word", "part", "name"), name="known_name_once"),
        ),
        migrations.RunSQL(VOCABULARY + ALREADY, UNDO),
    ]
