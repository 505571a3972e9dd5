"""What was filed before confidential parts had a table of their own: the migration takes their words out of the open rows."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connections

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationType, Sex
from pcnhub.care.records.models import ConfidentialPart, FiledConsultation
from pcnhub.care.records.operations.apart import apart
from pcnhub.care.records.rules import CodedEntry, Passage, kept
from tests.cast import LONG_AGO, NOW

SECTIONS = (Passage("History", "Cough"), Passage("Plan", "Between us", is_confidential=True))
ENTRIES = (CodedEntry("1", "Warfarin", "5 mg", is_confidential=True, kind="medication"), CodedEntry("2", "Cough"))


@pytest.mark.django_db(databases=["default", "owner"])
def test_what_was_filed_already_is_taken_apart_as_what_is_filed_now() -> None:
    migration = import_module("pcnhub.care.records.migrations.0007_confidential_parts")
    with connections["owner"].cursor() as cursor:
        cursor.execute("alter table patients_patient no force row level security")
        cursor.execute("alter table records_filedconsultation no force row level security")
        ash = Organisation.objects.using("owner").create(ods_code="M00001", name="Ash", kind=OrganisationKind.PRACTICE)
        for name, value in (("organisation", ash.pk), ("user", "test"), ("purpose", "direct-care")):
            cursor.execute("select set_config(%s, %s, true)", [f"pcnhub.{name}", str(value)])
        patient = Patient.objects.using("owner").create(
            organisation=ash, nhs_number="9999990018", given_name="A", family_name="B", birth_date=LONG_AGO, sex=Sex.FEMALE,
            registration_type=RegistrationType.REGULAR, registered_on=LONG_AGO, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        said = {"sections": list(map(kept, SECTIONS)), "entries": list(map(kept, ENTRIES))}
        row = FiledConsultation.objects.using("owner").create(
            organisation=ash, source_organisation=ash, patient=patient, started_at=NOW, received_at=NOW, author_name="B",
            source_key="k", receipt="r", **said,
        )  # fmt: skip
        cursor.execute("set constraints all immediate")
        cursor.execute(migration.ALREADY)
        guarded = "select count(*) from pg_class where relforcerowsecurity and relname = any (%s)"
        cursor.execute(guarded, [["records_filedconsultation", "records_confidentialpart"]])
        assert cursor.fetchone() == (2,), "the guard is up again"
        cursor.execute("alter table records_filedconsultation no force row level security")
        cursor.execute("alter table records_confidentialpart no force row level security")
        now = apart(SECTIONS, ENTRIES)
        row.refresh_from_db()
        assert (row.sections, row.entries) == (now.sections, now.entries)
        parts = ConfidentialPart.objects.using("owner").filter(filed=row.pk, organisation=ash)
        assert {(part.kind, part.place): part.content for part in parts} == now.parts
