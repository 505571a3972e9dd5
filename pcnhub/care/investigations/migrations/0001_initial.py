import django.db.models.deletion
import pcnhub.care.investigations.rules
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('consultations', '0005_who_saved'),
        ('documents', '0002_row_security'),
        ('organisations', '0003_hours'),
        ('patients', '0013_ends_absent'),
        ('tasks', '0004_who_writes_what'),
    ]

    operations = [
        migrations.CreateModel(
            name='Investigation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nhs_number', models.TextField()),
                ('patient_label', models.TextField(help_text='Name, date of birth and NHS number as asked, for both sides')),
                ('tests', models.JSONField(help_text='[{code, term}] in order')),
                ('details', models.TextField()),
                ('priority', models.TextField()),
                ('state', models.TextField(default=pcnhub.care.investigations.rules.InvestigationState['ASKED'])),
                ('version', models.IntegerField(default=1)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.TextField()),
                ('asked_by_name', models.TextField()),
                ('order_reference', models.TextField(blank=True)),
                ('ordered_on', models.DateField(null=True)),
                ('chase_on', models.DateField(null=True)),
                ('resulted_on', models.DateField(null=True)),
                ('state_changed_at', models.DateTimeField()),
                ('idempotency_key', models.TextField()),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.consultation')),
                ('form', models.ForeignKey(help_text='The practice-headed form, as it stands in the consultation', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('patient', models.ForeignKey(help_text="The hub's own row", on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('receiver_patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('result', models.ForeignKey(help_text='A result that came to the hub although the practice ordered', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('task', models.ForeignKey(help_text='The newest that carries it', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.task')),
                ('to_organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'state'], name='investigation_asked'), models.Index(fields=['to_organisation', 'state'], name='investigation_owed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'ordered', 'declined', 'resulted', 'withdrawn'])), name='investigation_state_known'), models.CheckConstraint(condition=models.Q(('priority__in', ['urgent', 'soon', 'routine'])), name='investigation_priority_known'), models.CheckConstraint(condition=models.Q(('organisation', models.F('to_organisation')), _negated=True), name='investigation_has_two_sides'), models.UniqueConstraint(fields=('organisation', 'idempotency_key'), name='investigation_asked_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ordered'), _negated=True), models.Q(models.Q(('order_reference', ''), _negated=True), ('chase_on__isnull', False), ('ordered_on__isnull', False)), _connector='OR'), name='investigation_order_is_chased'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'resulted'), _negated=True), ('resulted_on__isnull', False), _connector='OR'), name='investigation_result_has_day')],
            },
        ),
        migrations.CreateModel(
            name='InvestigationEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField()),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('by_name', models.TextField()),
                ('investigation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='investigations.investigation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
        ),
    ]
