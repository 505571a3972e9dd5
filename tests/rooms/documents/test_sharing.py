"""A practice's documents from the hub, and the hub's into the practice: under both sides' agreement, and never another way."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pcnhub.care.documents.models import Document, Opening
from pcnhub.care.documents.operations import (
    NotOfThisPerson,
    attach,
    deliver,
    make_test_document,
    mark_in_error,
    open_measured,
    try_test_documents,
)
from pcnhub.care.documents.queries import NotToBeOpened, open_document, shared_documents_of, trials
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.operations import record_permission
from pcnhub.care.records.queries.permission import PermissionToViewNeeded
from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def at_hub(cast: World) -> int:
    """Jane's temporary registration."""
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def attached(actor: Actor, patient_id: int, content: bytes = b"Letter", **more: Any) -> int:
    return attach(
        actor=actor, now=NOW, patient_id=patient_id, title="Letter", file=io.BytesIO(content), file_name="a.txt",
        kind="letter", **more,
    )  # fmt: skip


def seen_from_hub(cast: World, at_hub: int) -> list[int] | None:
    found = shared_documents_of(actor=cast.bilal, now=NOW, patient_id=at_hub)
    assert found is not None
    return [each.id for each in found.page.documents] if found.page else None


def test_the_hub_lists_and_opens_what_the_practice_holds_on_record_as_shared(cast: World, at_hub: int) -> None:
    made = attached(cast.farah, cast.patient_of_ash.pk)
    assert seen_from_hub(cast, at_hub) == [made]
    ticks = iter((1.0, 1.25))
    opened = open_measured(actor=cast.bilal, now=NOW, document_id=made, stopwatch=lambda: next(ticks))
    assert opened.content == b"Letter"
    with unit_of_work(cast.bilal):
        event = AuditEvent.objects.get(action="documents.opened")
        assert (event.data_organisation_id, event.basis) == (cast.ash.pk, "Riverside care-record")
        assert [(row.holder_id, row.milliseconds) for row in Opening.objects.all()] == [(cast.ash.pk, 250)]


@pytest.mark.parametrize("side", [Side.GIVES, Side.USES])
def test_without_both_sides_nothing_is_listed_or_opened_and_the_reason_is_named(
    cast: World, at_hub: int, side: Side
) -> None:
    made = attached(cast.farah, cast.patient_of_ash.pk)
    agreement = cast.agreements[AgreementKind.CARE_RECORD]
    Party.objects.filter(agreement=agreement, side=side).update(state=ActivationState.INACTIVE)
    found = shared_documents_of(actor=cast.bilal, now=NOW, patient_id=at_hub)
    assert found is not None
    assert found.page is None
    assert "is not active at" in found.notice
    with pytest.raises((NotFound, NotShared)):
        open_document(actor=cast.bilal, now=NOW, document_id=made)


@pytest.mark.parametrize("flag", ["is_sensitive", "dissents_from_sharing"])
def test_protected_and_dissenting_patients_documents_are_refused(cast: World, at_hub: int, flag: str) -> None:
    made = attached(cast.farah, cast.patient_of_ash.pk)
    with unit_of_work(cast.farah):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(**{flag: True})
    assert seen_from_hub(cast, at_hub) is None
    with pytest.raises(NotFound):
        open_document(actor=cast.bilal, now=NOW, document_id=made)


def test_confidential_ones_and_those_in_error_stay_at_the_practice(cast: World, at_hub: int) -> None:
    secret = attached(cast.farah, cast.patient_of_ash.pk, b"In confidence", is_confidential=True)
    wrong = attached(cast.farah, cast.patient_of_ash.pk, b"Somebody else's")
    mark_in_error(actor=cast.farah, now=NOW, document_id=wrong, reason="Another's")
    assert seen_from_hub(cast, at_hub) == []
    for made in (secret, wrong):
        with pytest.raises(NotFound):
            open_document(actor=cast.bilal, now=NOW, document_id=made)


def test_where_the_patient_has_to_be_asked_documents_wait_for_the_answer(cast: World, at_hub: int) -> None:
    made = attached(cast.farah, cast.patient_of_ash.pk)
    agreement = cast.agreements[AgreementKind.CARE_RECORD]
    Party.objects.filter(agreement=agreement, organisation=cast.ash).update(asks_permission_to_view=True)
    assert seen_from_hub(cast, at_hub) is None
    with pytest.raises(PermissionToViewNeeded):
        open_document(actor=cast.bilal, now=NOW, document_id=made)
    record_permission(actor=cast.bilal, now=NOW, patient_id=at_hub, answer=PermissionAnswer.GIVEN, reason="")
    assert seen_from_hub(cast, at_hub) == [made]


def test_of_whom_the_hub_does_not_treat_nothing_opens(cast: World, at_hub: int) -> None:
    efe = replace(cast.farah, user=cast.efe.user, organisation=cast.efe.organisation)
    made = attached(efe, cast.patient_of_birch.pk)
    with pytest.raises(NotFound):
        open_document(actor=cast.bilal, now=NOW, document_id=made)


def test_a_hubs_document_goes_home_once_and_its_newer_version_replaces_it_there(cast: World, at_hub: int) -> None:
    first = attached(cast.bilal, at_hub)
    at: dict[str, Any] = {"target_organisation_id": cast.ash.pk, "target_patient_id": cast.patient_of_ash.pk}
    there = deliver(actor=cast.bilal, now=NOW, document_id=first, **at)
    assert deliver(actor=cast.bilal, now=NOW, document_id=first, **at) == there
    opened = open_document(actor=cast.farah, now=NOW, document_id=there)
    assert (opened.content, opened.document.source_name) == (b"Letter", "Riverside Enhanced Access Hub")
    second = attached(cast.bilal, at_hub, b"Corrected", replaces_id=first)
    newer = deliver(actor=cast.bilal, now=NOW, document_id=second, **at)
    with unit_of_work(cast.farah):
        assert Document.objects.get(pk=newer).replaces_id == there


def test_it_goes_to_nobody_elses_record_and_not_while_it_may_not_be_opened(cast: World, at_hub: int) -> None:
    made = attached(cast.bilal, at_hub)
    with pytest.raises(NotOfThisPerson):
        deliver(
            actor=cast.bilal, now=NOW, document_id=made, target_organisation_id=cast.birch.pk,
            target_patient_id=cast.patient_of_birch.pk,
        )  # fmt: skip
    mark_in_error(actor=cast.bilal, now=NOW, document_id=made, reason="Another's")
    at: dict[str, Any] = {"target_organisation_id": cast.ash.pk, "target_patient_id": cast.patient_of_ash.pk}
    with pytest.raises(NotToBeOpened):
        deliver(actor=cast.bilal, now=NOW, document_id=made, **at)
    Party.objects.filter(agreement=cast.agreements[AgreementKind.COPY_CONSULTATION]).update(state="inactive")
    with pytest.raises(NotShared):
        deliver(actor=cast.bilal, now=NOW, document_id=made, **at)


def test_charlie_never_gets_in(cast: World, at_hub: int) -> None:
    made, own = attached(cast.farah, cast.patient_of_ash.pk), attached(cast.bilal, at_hub, b"Hub's")
    calls: list[Callable[[], object]] = [
        lambda: open_document(actor=cast.charlie, now=NOW, document_id=made),
        lambda: open_document(actor=cast.charlie, now=NOW, document_id=own),
        lambda: shared_documents_of(actor=cast.charlie, now=NOW, patient_id=at_hub),
        lambda: attached(cast.charlie, cast.patient_of_ash.pk),
        lambda: mark_in_error(actor=cast.charlie, now=NOW, document_id=made, reason="x"),
        lambda: deliver(
            actor=cast.charlie, now=NOW, document_id=own, target_organisation_id=cast.ash.pk,
            target_patient_id=cast.patient_of_ash.pk,
        ),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises((NotFound, NotShared, NotPermitted)):
            call()


def test_a_test_document_opens_from_the_hub_with_its_checksum_or_says_why_not(cast: World) -> None:
    watch = iter(range(100))
    tried: dict[str, Any] = {
        "actor": cast.carys,
        "now": NOW,
        "holder_ids": [cast.ash.pk],
        "stopwatch": lambda: float(next(watch)),
    }
    assert try_test_documents(**tried) == {cast.ash.pk: "no-test-document"}
    make_test_document(actor=cast.dilys, now=NOW)
    assert try_test_documents(**tried) == {cast.ash.pk: ""}
    assert trials(actor=cast.carys, holder_ids=[cast.ash.pk])[cast.ash.pk].is_good
    Party.objects.filter(agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cast.ash).update(
        state="inactive"
    )
    assert try_test_documents(**tried) == {cast.ash.pk: "not-shared"}
    assert "Ash Lane" in trials(actor=cast.carys, holder_ids=[cast.ash.pk])[cast.ash.pk].sentence
    with pytest.raises(NotPermitted):
        try_test_documents(**{**tried, "actor": cast.ada})
