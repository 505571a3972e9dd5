import django.db.models.deletion
import pcnhub.connections.mail.words
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisations', '0003_hours'),
        ('organisations', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('state', models.TextField(default=pcnhub.connections.mail.words.LetterState['QUEUED'])),
                ('attempts', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('error_code', models.TextField(blank=True)),
                ('error', models.TextField(blank=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', pcnhub.connections.mail.words.LetterState['QUEUED'])), fields=['next_try_at', 'id'], name='letter_due'), models.Index(fields=['organisation', '-id'], name='letter_of_organisation')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sent', 'failed'])), name='letter_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', pcnhub.connections.mail.words.LetterState['SENT']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='letter_sent_says_when')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(help_text='The same news to the same person is one notice', unique=True)),
                ('kind', models.TextField()),
                ('about', models.BigIntegerField(help_text='Id of the task, the copy, or what else the kind is about')),
                ('is_urgent', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('not_before', models.DateTimeField()),
                ('left_out', models.TextField(blank=True, help_text='Why no letter carries it: opted-out, no-address')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('letter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='mail.letter')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('left_out', ''), ('letter__isnull', True)), fields=['not_before', 'id'], name='notice_unbound')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['task-waits', 'task-assigned', 'task-escalated', 'task-came-back', 'task-commented', 'safety-net', 'copy-needs-person', 'permission-overridden', 'protocol'])), name='notice_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('wish', models.TextField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('wish__in', ['all', 'daily', 'urgent'])), name='mail_wish_known')],
            },
        ),
    ]
