import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consultations', '0004_definitions'),
        ('organisations', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='consultation',
            name='draft_noted_at',
            field=models.DateTimeField(help_text='When a save of the draft was last put on record', null=True),
        ),
        migrations.AddField(
            model_name='consultation',
            name='draft_saver',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.position'),
        ),
    ]
