import django.db.models.deletion
import pcnhub.care.consultations.rules.definitions
from django.db import migrations, models


# What was done in a consultation is its hub's own, as the consultation is. A definition's words stand as they were taken in.
GUARDS = """
alter table consultations_deed enable row level security;
alter table consultations_deed force row level security;
create policy own on consultations_deed
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
create trigger consultations_deed_append_only before update or delete on consultations_deed
  for each row execute function pcnhub_refuse_change();
create function consultations_keep_words() returns trigger
language plpgsql as $$
begin
  raise exception 'a definition that was taken in keeps its words: what is changed is a new version'
    using errcode = 'insufficient_privilege';
end
$$;
create trigger consultations_definition_words before update on consultations_definition
  for each row when (
    (old.hub_id, old.kind, old.key, old.number, old.title, old.source, old.sha256)
    is distinct from (new.hub_id, new.kind, new.key, new.number, new.title, new.source, new.sha256)
  ) execute function consultations_keep_words();
create trigger consultations_definition_kept before delete on consultations_definition
  for each row execute function consultations_keep_words();
"""
UNDO = """
drop trigger consultations_definition_kept on consultations_definition;
drop trigger consultations_definition_words on consultations_definition;
drop function consultations_keep_words();
drop trigger consultations_deed_append_only on consultations_deed;
drop policy own on consultations_deed;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consultations', '0003_coded_and_in_error'),
        ('organisations', '0003_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='Definition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('key', models.TextField(help_text='The same for every version of one thing')),
                ('number', models.IntegerField(help_text='Version, counted from 1 by key')),
                ('title', models.TextField()),
                ('source', models.TextField(help_text='The file as it was given (TOML)')),
                ('sha256', models.TextField()),
                ('state', models.TextField(default=pcnhub.care.consultations.rules.definitions.DefinitionState['DRAFT'])),
                ('taken_in_at', models.DateTimeField()),
                ('taken_in_by', models.TextField()),
                ('state_changed_at', models.DateTimeField()),
                ('state_changed_by', models.TextField()),
                ('retired_because', models.TextField(blank=True)),
                ('hub', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['clinical-template', 'document-template', 'protocol'])), name='definition_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'published', 'retired'])), name='definition_state_known'), models.UniqueConstraint(fields=('hub', 'kind', 'key', 'number'), name='definition_version_once'), models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('hub', 'kind', 'key'), name='definition_published_once')],
            },
        ),
        migrations.CreateModel(
            name='Deed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('protocol', models.TextField(blank=True, help_text='Key of the protocol that asked; empty: nobody had to')),
                ('ask', models.TextField(blank=True)),
                ('what', models.TextField(blank=True, help_text='Type of a task, key of a document template')),
                ('priority', models.TextField(blank=True, help_text='Of a task')),
                ('text', models.TextField(blank=True, help_text='The advice, the reason of an override, the title of a document')),
                ('reference', models.TextField(blank=True, help_text='Number of the task or document')),
                ('sha256', models.TextField(blank=True, help_text="Of a document's bytes")),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('by_name', models.TextField()),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deeds', to='consultations.consultation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('definition', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.definition')),
            ],
            options={
                'indexes': [models.Index(fields=['consultation', 'at'], name='deed_of_consultation')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['task', 'email', 'advice', 'document', 'override'])), name='deed_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'override'), _negated=True), models.Q(('text', ''), _negated=True), _connector='OR'), name='deed_override_says_why')],
            },
        ),
        migrations.CreateModel(
            name='Needed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('key', models.TextField()),
                ('number', models.IntegerField()),
                ('hub', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['clinical-template', 'document-template', 'protocol'])), name='needed_kind_known'), models.UniqueConstraint(fields=('hub', 'kind', 'key'), name='needed_once')],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
