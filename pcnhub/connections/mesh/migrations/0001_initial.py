import django.db.models.deletion
from django.db import migrations, models


# What stands here is its organisation's alone: messages are sealed, and their tables name patients by id.
POLICIES = """
alter table mesh_outgoing enable row level security;
alter table mesh_outgoing force row level security;
create policy own on mesh_outgoing
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));

alter table mesh_incoming enable row level security;
alter table mesh_incoming force row level security;
create policy own on mesh_incoming
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));

alter table mesh_contact enable row level security;
alter table mesh_contact force row level security;
create policy own on mesh_contact
  using (organisation_id = (select pcnhub_acting_organisation()))
  with check (organisation_id = (select pcnhub_acting_organisation()));
"""
UNDO = """
drop policy own on mesh_contact; drop policy own on mesh_incoming; drop policy own on mesh_outgoing;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('database', '0001_row_security'),
        ('organisations', '0002_versions'),
        ('patients', '0013_ends_absent'),
        ('writeback', '0003_report_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='Incoming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.TextField()),
                ('message_id', models.TextField()),
                ('workflow_id', models.TextField(blank=True)),
                ('is_report_of_exchange', models.BooleanField(default=False, help_text='Mex-MessageType: REPORT')),
                ('document_id', models.TextField(blank=True, help_text="Of a consultation's report: its own UUID")),
                ('sha256', models.TextField()),
                ('sealed', models.BinaryField(help_text='Headers and message')),
                ('state', models.TextField()),
                ('code', models.TextField(blank=True)),
                ('said', models.TextField(blank=True, help_text="In plain words, without a person's data")),
                ('received_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(help_text='When the exchange was told that it may forget it', null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'document_id'], name='mesh_incoming_document'), models.Index(fields=['organisation', '-received_at'], name='mesh_incoming_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['taken', 'refused', 'kept'])), name='mesh_incoming_state'), models.UniqueConstraint(fields=('organisation', 'mailbox', 'message_id'), name='mesh_incoming_once')],
            },
        ),
        migrations.CreateModel(
            name='Outgoing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('mailbox', models.TextField(blank=True, help_text='Ours, from which it leaves')),
                ('workflow_id', models.TextField()),
                ('local_id', models.TextField(unique=True)),
                ('header_id', models.UUIDField(help_text='MessageHeader.id: an answer names it', null=True)),
                ('encounter_id', models.UUIDField(help_text='SenderReference: every answer names it, of every version', null=True)),
                ('sha256', models.TextField(blank=True, help_text='Of the message as it leaves')),
                ('sealed', models.BinaryField(help_text='Address, subject and message')),
                ('state', models.TextField()),
                ('state_changed_at', models.DateTimeField()),
                ('code', models.TextField(blank=True, help_text='Of the answer or report that settled it')),
                ('said', models.TextField(blank=True, help_text="What came back, in plain words, without a person's data")),
                ('message_id', models.TextField(blank=True, help_text="The exchange's own number")),
                ('tries', models.IntegerField(default=0, help_text='How often it was given to the exchange, as far as is known')),
                ('queued_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('alarmed_at', models.DateTimeField(help_text='When a person was told that no answer came', null=True)),
                ('answers', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mesh.incoming')),
                ('copy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='writeback.copy')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'message_id'], name='mesh_outgoing_number'), models.Index(fields=['organisation', 'encounter_id'], name='mesh_outgoing_encounter'), models.Index(condition=models.Q(('state__in', ['not-configured', 'queued', 'sending', 'sent', 'collected', 'received'])), fields=['organisation', 'queued_at'], name='mesh_outgoing_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['report', 'infrastructure', 'business'])), name='mesh_outgoing_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['not-configured', 'queued', 'sending', 'sent', 'collected', 'received', 'accepted', 'refused', 'dropped'])), name='mesh_outgoing_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'collected']), _negated=True), models.Q(models.Q(('message_id', ''), _negated=True), ('sent_at__isnull', False)), _connector='OR'), name='mesh_sent_has_number'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'report'), _negated=True), ('copy__isnull', False), _connector='OR'), name='mesh_report_has_copy')],
            },
        ),
        migrations.AddField(
            model_name='incoming',
            name='settles',
            field=models.ForeignKey(help_text='Whose answer it is', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mesh.outgoing'),
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.TextField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('code', models.TextField(blank=True)),
                ('said', models.TextField(blank=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'mailbox'), name='mesh_contact_once')],
            },
        ),
        migrations.RunSQL(POLICIES, UNDO),
    ]
