"""What holds for every table: migrations tell the whole story, and a reference goes down the house as an import does."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

# From the bottom up; a table refers to its own room and to rooms beneath it.
ORDER = (
    "database", "jobs", "audit", "organisations", "sharing", "patients", "documents", "records", "appointments", "consultations",
    "tasks", "writeback", "continuity", "readiness", "pds", "sds", "gpconnect", "mail", "mesh",
)  # fmt: skip


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_references_go_down() -> None:
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in ORDER:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey):
                target = field.related_model._meta.app_label
                assert ORDER.index(target) <= ORDER.index(label), (
                    f"{model._meta.label}.{field.name} refers up, to {target}"
                )
