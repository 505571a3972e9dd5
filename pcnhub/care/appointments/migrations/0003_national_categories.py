"""The first national categories, as shipped, and that a slot type's history of mappings stands as written.

Later lists come by `pcnhub import national-categories`.
"""

import csv
from importlib.resources import files

from django.db import migrations

APPEND_ONLY = """
create trigger appointments_slottypemapping_append_only before update or delete on appointments_slottypemapping
  for each row execute function pcnhub_refuse_change();
"""


def load_shipped(apps, schema_editor):
    text = (files("pcnhub.care.appointments") / "data" / "national_categories.csv").read_text(encoding="utf-8")
    category = apps.get_model("appointments", "NationalCategory")
    category.objects.using(schema_editor.connection.alias).bulk_create(
        category(
            number=int(row["number"]),
            name=row["name"],
            context_type=row["context_type"],
            exception_reason_allowed=row["exception_reason_allowed"] == "yes",
            counts_to_acc08=row["counts_to_acc08"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    )


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_row_security")]
    operations = [
        migrations.RunSQL(
            APPEND_ONLY, "drop trigger appointments_slottypemapping_append_only on appointments_slottypemapping"
        ),
        migrations.RunPython(load_shipped, migrations.RunPython.noop),
    ]
