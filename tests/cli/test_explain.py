"""`pcnhub explain` as a person runs it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import system_for, world
from tests.cli.running import process, within
from tests.conftest import FreshDatabase
from tests.rooms.appointments.book import session, slots

pytestmark = pytest.mark.slow


def test_explain_at_the_command_line(fresh_database: FreshDatabase) -> None:
    w, now = world(), timezone.now()
    first = slots(session(w, day=london_date(now) + timedelta(days=1), now=now))[0]

    seen = within("explain", "--slot", str(first.id), "--as", "A81001", "--route", "staff")
    assert (seen.returncode, "A81001 (gp-practice) sees it by staff" in seen.stdout) == (0, True), (
        seen.stdout + seen.stderr
    )
    nurse = within("explain", "--slot", str(first.id), "--as", "A81001", "--route", "staff", "--user", "charlie")
    assert (nurse.returncode, "charlie has no position at this organisation" in nurse.stdout) == (1, True), nurse.stdout
    by_link = within("explain", "--slot", str(first.id), "--as", "A81001", "--route", "patient")
    assert (by_link.returncode, by_link.stdout.count("1. "), "[not-for-patients]" in by_link.stdout) == (1, 1, True)
    data = process(
        fresh_database, "explain", "--slot", str(first.id), "--as", "C83003", "--type", "gp-practice", "--json"
    )
    told = json.loads(data.stdout)
    assert (data.returncode, told["is_visible"]) == (1, False)
    assert [reason["code"] for reason in told["reasons"]] == ["hub-endpoint-off", "not-in-group"]
    wrong = within("explain", "--slot", str(first.id), "--as", "?!")
    assert (wrong.returncode, "'?!' is not an ODS code" in wrong.stderr) == (2, True)
    odd = within("explain", "--slot", str(first.id), "--as", "C83003", "--type", "nonsense", "--json")
    assert ("nonsense is not an organisation type" in odd.stderr, json.loads(odd.stdout)["slot"]) == (True, first.id)
    unknown = within("explain", "--slot", "999999", "--as", "A81001")
    assert (unknown.returncode, "There is no slot 999999" in unknown.stderr) == (1, True)


def test_for_a_patient_whose_number_is_read_and_never_said(
    fresh_database: FreshDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    w, now = world(), timezone.now()
    first = slots(session(w, day=london_date(now) + timedelta(days=1), now=now))[0]
    number = str(w.patient_of_ash.nhs_number)
    asked = ["explain", "--slot", str(first.id), "--as", "A81001", "--route", "staff", "--patient"]
    made = register_temporarily(actor=w.ada, now=now, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)
    said: list[str] = []

    def explain(patient: str, typed: str = "") -> int:
        # the first time as a process, with all that its log says
        done = within(*asked, patient, typed=typed) if said else process(fresh_database, *asked, patient, typed=typed)
        said.append(done.stdout + done.stderr)
        return done.returncode

    assert explain("ask", f"{number[:3]} {number[3:6]} {number[6:]}\n") == 0, said
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=made.patient_id).update(registration_state="left", left_on=london_date(now))
    assert (explain("ask", f"{number}\n"), "[patient-not-active]" in said[-1]) == (1, True), said
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=made.patient_id).update(is_sensitive=True)
    for patient, typed in ((str(made.patient_id), ""), ("ask", number), ("ask", "9434765919")):
        assert (explain(patient, typed), "There is no such patient" in said[-1]) == (1, True), said
    assert (explain("ask", "9000000000"), "not an NHS number" in said[-1]) == (1, True), said
    assert (explain(number), "does not belong into a command" in said[-1]) == (2, True), said
    for each in [*said, caplog.text]:
        assert number not in each.replace(" ", "")
