from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0009_kept_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="traceattempt",
            name="before",
            field=models.JSONField(
                help_text="{said: the row's columns, held: the other row's contact details, bookings: {id: practice}}",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="traceattempt",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="traceattempt",
            name="undone_by",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="traceattempt",
            name="undo_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
