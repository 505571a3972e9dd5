from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0011_heed_stated_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrejection",
            name="is_sensitive",
            field=models.BooleanField(
                default=False,
                help_text="The row says that its person is protected: its values are for who may see them",
            ),
        ),
    ]
