"""A practice's list is written into fewer indexes, and its people's keys are made without calls.

The number and its organisation are one index instead of two: what refuses the second row also finds the person everywhere. The
rows of an import lie together in the table, which a few words about each stretch say as well as two entries a row. That a row
merged into another has it at its own organisation (0005) says that it is there: the plain reference asked the same once more.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from pcnhub.foundations.database.at_once import AtOnce

# A strict function that holds a `case` is called, three times a row; one that takes a null itself, and gives a null for it as
# these do, is written into the statement instead.
WRITTEN_IN = """
alter function patients_folded(text) called on null input;
alter function patients_first_word(text) called on null input;
alter function patients_phone_digits(text) called on null input;
"""
CALLED = WRITTEN_IN.replace("called on null input", "returns null on null input")


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0004_closed_days"),
        ("patients", "0013_ends_absent"),
    ]

    operations = [
        AtOnce(
            [
                migrations.RemoveConstraint(model_name="patient", name="patient_once_an_organisation"),
                migrations.RemoveIndex(model_name="patient", name="patient_by_nhs_number"),
                migrations.AlterField(
                    model_name="patient",
                    name="batch",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.importbatch",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="made_in",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="The import that brought the person",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.importbatch",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="merged_into",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="The row of the same person that is used instead",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                migrations.AddIndex(
                    model_name="patient",
                    index=django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["batch", "made_in"], name="patient_by_import"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="patient",
                    constraint=models.UniqueConstraint(
                        fields=("nhs_number", "organisation"), name="patient_once_an_organisation"
                    ),
                ),
            ]
        ),
        migrations.RunSQL(WRITTEN_IN, CALLED),
    ]
