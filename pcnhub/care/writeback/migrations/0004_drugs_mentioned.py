import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("writeback", "0003_report_states")]
    operations = [
        migrations.AddField(
            model_name="drug",
            name="mentioned_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="When the patient was seen"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="drug",
            name="mentioned_by",
            field=models.TextField(default="", help_text="Who wrote of it at the hub"),
            preserve_default=False,
        ),
    ]
