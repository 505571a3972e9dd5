"""What is confidential in a consultation that is open otherwise: another organisation's row security must not show it either."""

import django.db.models.deletion
from django.db import migrations, models

POLICIES = """
alter table records_confidentialpart enable row level security;
alter table records_confidentialpart force row level security;
create policy own on records_confidentialpart
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
-- With a consultation that goes home: the hub brings what it wrote itself, and may read that back. It never changes anything
-- there. Under the care record agreement there is no policy: it opens none of these.
create policy write_back_insert on records_confidentialpart for insert with check (
  source_organisation_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and organisation_id = any ((select sharing_partners('copy-consultation', 'uses'))::bigint[])
  and exists (select 1 from records_filedconsultation f where f.id = filed_id and f.origin = 'write-back'
              and f.source_organisation_id = (select pcnhub_acting_organisation())));
create policy write_back_read on records_confidentialpart for select using (
  source_organisation_id = (select pcnhub_acting_organisation())
  and organisation_id = any ((select sharing_partners('consultation-write-back', 'uses'))::bigint[])
  and exists (select 1 from records_filedconsultation f where f.id = filed_id and f.origin = 'write-back'
              and f.source_organisation_id = (select pcnhub_acting_organisation())));

-- A part and its consultation are of one organisation. (Foreign keys look past row security.)
alter table records_filedconsultation add constraint records_filedconsultation_of_organisation unique (id, organisation_id);
alter table records_confidentialpart add constraint records_confidentialpart_filed_of_organisation
  foreign key (filed_id, organisation_id) references records_filedconsultation (id, organisation_id);
"""

# What was filed already. The owner sees nobody's record: the guard is down within this transaction, which nobody else sees.
ALREADY = """
alter table records_filedconsultation no force row level security;
alter table records_confidentialpart no force row level security;
insert into records_confidentialpart (organisation_id, source_organisation_id, filed_id, kind, place, content)
  select f.organisation_id, f.source_organisation_id, f.id, list.kind, part.number - 1, part.content
  from records_filedconsultation f
  cross join lateral (values ('section', f.sections), ('entry', f.entries)) list (kind, parts)
  cross join lateral jsonb_array_elements(list.parts) with ordinality part (content, number)
  where part.content @> '{"is_confidential": true}';
create function pg_temp.without_words(parts jsonb) returns jsonb language sql as $$
  select coalesce(jsonb_agg(
    case when part.content @> '{"is_confidential": true}' then
      (select jsonb_object_agg(key, case when key in ('heading', 'kind', 'is_confidential') then value else '""' end)
       from jsonb_each(part.content))
    else part.content end order by part.number), '[]')
  from jsonb_array_elements(parts) with ordinality part (content, number)
$$;
update records_filedconsultation
  set sections = pg_temp.without_words(sections), entries = pg_temp.without_words(entries)
  where sections @> '[{"is_confidential": true}]' or entries @> '[{"is_confidential": true}]';
drop function pg_temp.without_words(jsonb);
set constraints all immediate; -- so that nothing of these tables is still to be checked
alter table records_confidentialpart force row level security;
alter table records_filedconsultation force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0003_hours"),
        ("records", "0006_kept_back_afterwards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConfidentialPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("place", models.IntegerField(help_text="In the list of its kind, counted from 0")),
                ("content", models.JSONField(help_text="The passage or the entry, whole")),
                (
                    "filed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confidential_parts",
                        to="records.filedconsultation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "source_organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["section", "entry"])), name="confidential_part_kind_known"
                    ),
                    models.UniqueConstraint(fields=("filed", "kind", "place"), name="confidential_part_once"),
                ],
            },
        ),
        migrations.AlterField(
            model_name="filedconsultation",
            name="entries",
            field=models.JSONField(
                default=list, help_text="[{code, term, value}] in order; a confidential one without them"
            ),
        ),
        migrations.AlterField(
            model_name="filedconsultation",
            name="sections",
            field=models.JSONField(help_text="[{heading, text}] in order; a confidential one without its text"),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
        migrations.RunSQL(ALREADY, migrations.RunSQL.noop),
    ]
