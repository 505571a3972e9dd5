"""Whoever resembles the person, or has their number, is never taken for them: in a run, by choice, read out, or asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from pcnhub.care.patients.operations import AnotherPersons
from pcnhub.care.patients.queries import standing_patients
from pcnhub.care.patients.rules import TraceBasis, TraceOutcome
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.words import Held, Outcome
from pcnhub.foundations.jobs.outbox import PermanentFailure
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, patient, system_for
from tests.connections.pds.test_linking import (
    AMINATA,
    NUMBER,
    STALE,
    TWIN,
    Service,
    bookings_of,
    linked,
    row,
    run_of,
    service,
    tried,
    untraced,
    w,
)
from tests.rooms.patients.test_merging import entry

__all__ = ["service", "untraced", "w"]
pytestmark = pytest.mark.django_db


def test_a_run_never_takes_a_twins_number(w: World, untraced: Callable[..., int]) -> None:
    patient(w.birch, TWIN, "Fatou", "Diallo", date(1991, 3, 14), postcode="DN16 3LQ")
    booked = untraced(nhs_number=str(TWIN))
    run_of(w)
    held = row(w, booked)
    assert (held.nhs_number, held.given_name) == (None, "Aminata")
    assert tried(w, booked) == [TraceOutcome.SEVERAL]


def test_a_run_moves_nothing_to_a_stranger_whom_the_hub_holds_under_the_number(
    w: World, untraced: Callable[..., int]
) -> None:
    walter = entry(w, NUMBER, given_name="Walter", family_name="Zuckerman", birth_date=date(1950, 1, 1))
    patient(w.birch, NUMBER, "Aminata", "Diallo", date(1991, 3, 14), postcode="DN16 3LQ")
    booked = untraced()
    run_of(w)
    assert tried(w, booked) == [TraceOutcome.SEVERAL]
    assert (row(w, booked).merged_into_id, bookings_of(w, walter)) == (None, [])
    with pytest.raises(AnotherPersons):  # nor does a person move it, who has not seen whom the hub holds
        linking.accept(actor=w.carys, now=NOW, patient_id=booked, nhs_number=NUMBER, basis=TraceBasis.CHOICE)


@pytest.mark.parametrize("other", [{"given_name": "Bob", "family_name": "Zuckerman"}, {"given_name": "Fatou"}])
def test_a_number_read_out_is_theirs_only_with_name_and_date_of_birth(
    w: World, untraced: Callable[..., int], service: Service, other: dict[str, str]
) -> None:
    booked = untraced()
    view = standing_patients(actor=w.carys, ids=[booked])[booked]
    told = {"actor": w.carys, "now": NOW, "patient": view, "nhs_number": NUMBER, "practice_ods": "A81001"}
    service.held[NUMBER] = Held(replace(AMINATA, **other), source="pds")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        linking.accept_read_out(**told)  # type: ignore[arg-type]
    assert row(w, booked).nhs_number is None
    service.held[NUMBER] = Held(replace(AMINATA, family_name="Bah", previous_family_name="DIALLO"), source="pds")
    linking.accept_read_out(**told)  # type: ignore[arg-type]
    assert row(w, booked).family_name == "Bah"


def test_who_was_shown_to_nobody_must_agree_to_be_accepted(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    booked = untraced()
    service.held[NUMBER] = Held(replace(AMINATA, birth_date=date(1950, 1, 1)), source="pds")
    with pytest.raises(InvalidInput):
        linking.accept(actor=w.carys, now=NOW, patient_id=booked, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    assert row(w, booked).nhs_number is None


def test_a_newer_trace_never_relies_on_another_persons_record(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    """Under the number as it was, or under one that is said to have taken its place: compared before anything is written."""
    booked = linked(w, untraced)
    stranger = replace(AMINATA, nhs_number=TWIN, given_name="Man", family_name="Other")
    for held in (
        Held(replace(stranger, nhs_number=NUMBER), source="pds", version="9"),
        Held(stranger, frozenset({Outcome.SUPERSEDED}), source="pds", superseded_by=TWIN),
    ):
        service.held[NUMBER] = held
        with pytest.raises(PermanentFailure) as refused:
            linking.retrace_before_leaving(actor=system_for(w.hub), now=STALE, patient_id=booked)
        assert refused.value.code == "pds-not-matching"
    assert (row(w, booked).nhs_number, row(w, booked).pds_version) == (NUMBER, "7")
