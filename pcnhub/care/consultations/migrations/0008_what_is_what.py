"""What lies beneath a code in SNOMED CT, as a release's relationship file says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0007_tasks_that_came_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="IsA",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("child", models.BigIntegerField()),
                ("parent", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("child", "parent"), name="is_a_once")],
            },
        ),
        migrations.AddField(
            model_name="coderelease",
            name="relationships",
            field=models.IntegerField(default=0, help_text="Is-a pairs of active concepts; 0: without that file"),
        ),
    ]
