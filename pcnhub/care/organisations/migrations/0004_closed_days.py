"""Single days, or parts of them, on which an organisation is closed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0003_hours"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("starts", models.TimeField(help_text="London time; none: from opening", null=True)),
                ("ends", models.TimeField(help_text="London time; none: until closing", null=True)),
                ("reason", models.TextField()),
                ("said_at", models.DateTimeField()),
                ("said_by", models.TextField(help_text="Name of who said so")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_days",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "day"), name="closed_day_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts__isnull", True),
                            ("ends__isnull", True),
                            ("ends__gt", models.F("starts")),
                            _connector="OR",
                        ),
                        name="closed_day_ends_after_it_starts",
                    ),
                ],
            },
        ),
    ]
