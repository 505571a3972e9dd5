from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("writeback", "0004_drugs_mentioned")]
    operations = [
        migrations.AddField(
            model_name="copy",
            name="documents_left_behind",
            field=models.IntegerField(
                default=0,
                help_text="By MESH: how many documents were filed to the consultation after this had left",
            ),
        ),
    ]
