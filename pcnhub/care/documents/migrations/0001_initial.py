import django.db.models.deletion
import pcnhub.care.documents.rules.kinds
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisations', '0002_versions'),
        ('patients', '0013_ends_absent'),
    ]

    operations = [
        migrations.CreateModel(
            name='Content',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.TextField()),
                ('size', models.BigIntegerField(help_text='Bytes')),
                ('kept_at', models.DateTimeField()),
                ('brought_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'brought_by', 'sha256'), name='content_once'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='content_sha256_form')],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.TextField()),
                ('kind', models.TextField(default=pcnhub.care.documents.rules.kinds.DocumentKind['OTHER'])),
                ('content_type', models.TextField(help_text='By its bytes')),
                ('size', models.BigIntegerField(help_text='Bytes')),
                ('sha256', models.TextField(help_text='Compared with its bytes at every opening')),
                ('dated_on', models.DateField(help_text='The day that the document itself bears', null=True)),
                ('author', models.TextField(blank=True)),
                ('is_confidential', models.BooleanField(default=False, help_text='Not shown under the care record agreement')),
                ('source', models.TextField(default=pcnhub.care.documents.rules.kinds.DocumentSource['ATTACHED'])),
                ('source_key', models.TextField(blank=True, help_text='Its identity at its source, all versions alike')),
                ('version', models.IntegerField(default=1, help_text='Of what `source_key` names')),
                ('made_at', models.DateTimeField(help_text='When it came to be held here')),
                ('made_by', models.TextField(help_text='Name of whoever, or whatever, brought it')),
                ('state', models.TextField(default=pcnhub.care.documents.rules.kinds.DocumentState['KEPT'])),
                ('scan', models.TextField(default=pcnhub.care.documents.rules.kinds.Scan['NOT_SCANNED'])),
                ('scan_answer', models.TextField(blank=True, help_text="The scanner's own words")),
                ('scanned_at', models.DateTimeField(null=True)),
                ('in_error_reason', models.TextField(blank=True)),
                ('in_error_at', models.DateTimeField(null=True)),
                ('in_error_by', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(help_text='When a person said what was done about a quarantined one', null=True)),
                ('settled_by', models.TextField(blank=True)),
                ('settled_reason', models.TextField(blank=True)),
                ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.content')),
                ('made_by_position', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.position')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='documents.document')),
                ('source_organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-made_at'], name='document_by_patient'), models.Index(condition=models.Q(('state', 'checking'), models.Q(('settled_at__isnull', True), ('state', 'quarantined')), _connector='OR'), fields=['organisation'], name='document_wants_somebody')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['letter', 'discharge', 'result', 'image', 'certificate', 'request-form', 'report', 'consent', 'other'])), name='document_kind_known'), models.CheckConstraint(condition=models.Q(('source__in', ['attached', 'made', 'imported', 'delivered', 'received'])), name='document_source_known'), models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'kept', 'quarantined', 'in-error'])), name='document_state_known'), models.CheckConstraint(condition=models.Q(('scan__in', ['waiting', 'clean', 'found', 'not-scanned', 'made-here'])), name='document_scan_known'), models.UniqueConstraint(condition=models.Q(('source_key', ''), _negated=True), fields=('organisation', 'source_organisation', 'source_key', 'version'), name='document_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'in-error'), _negated=True), models.Q(models.Q(('in_error_reason', ''), _negated=True), ('in_error_at__isnull', False)), _connector='OR'), name='document_in_error_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'kept'), _negated=True), models.Q(('scan__in', ['found', 'waiting']), _negated=True), _connector='OR'), name='document_kept_is_not_dangerous')],
            },
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('milliseconds', models.IntegerField()),
                ('is_test', models.BooleanField(default=False)),
                ('expected_sha256', models.TextField(blank=True)),
                ('found_sha256', models.TextField(blank=True)),
                ('problem', models.TextField(blank=True, help_text='Code of the refusal')),
                ('sentence', models.TextField(blank=True, help_text='The refusal in words, without a person')),
                ('holder', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'holder', '-at'], name='opening_by_holder')],
            },
        ),
        migrations.CreateModel(
            name='Piece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('sealed', models.BinaryField()),
                ('content', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pieces', to='documents.content')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('content', 'number'), name='piece_once')],
            },
        ),
        migrations.CreateModel(
            name='TestDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.content')),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
        ),
    ]
