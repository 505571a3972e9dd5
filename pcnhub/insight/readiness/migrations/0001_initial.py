
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Attestation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub_id', models.BigIntegerField()),
                ('organisation_id', models.BigIntegerField()),
                ('check_id', models.TextField()),
                ('name', models.TextField()),
                ('stated_on', models.DateField()),
                ('document', models.TextField(help_text='Where the evidence is kept')),
                ('expires_on', models.DateField(help_text='First day on which it no longer counts')),
                ('was_withdrawn', models.BooleanField(default=False, help_text='This row ends the one before it')),
                ('reason', models.TextField(blank=True, help_text='Why it was withdrawn')),
                ('by', models.TextField()),
                ('by_name', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['hub_id', 'check_id', 'organisation_id', '-id'], name='attestation_newest')],
            },
        ),
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub_id', models.BigIntegerField()),
                ('organisation_id', models.BigIntegerField()),
                ('check_id', models.TextField()),
                ('state', models.TextField()),
                ('evidence', models.TextField()),
                ('fix_what', models.TextField(blank=True)),
                ('fix_who', models.TextField(blank=True)),
                ('fix_page', models.TextField(blank=True)),
                ('fix_page_args', models.JSONField(default=list)),
                ('has_failed', models.BooleanField(default=False)),
                ('checked_at', models.DateTimeField()),
                ('since', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['met', 'unmet', 'unknown', 'not-applicable'])), name='result_state_known'), models.UniqueConstraint(fields=('hub_id', 'organisation_id', 'check_id'), name='result_once')],
            },
        ),
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hub_id', models.BigIntegerField()),
                ('organisation_id', models.BigIntegerField()),
                ('check_id', models.TextField()),
                ('reason', models.TextField()),
                ('ends_on', models.DateField(help_text='First day on which it no longer counts')),
                ('was_withdrawn', models.BooleanField(default=False, help_text='This row ends the one before it')),
                ('by', models.TextField()),
                ('by_name', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['hub_id', 'check_id', 'organisation_id', '-id'], name='waiver_newest')],
            },
        ),
    ]
