"""The documents with which a hub tries whether it can open what its practices share, and how openings went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents.models import Opening, TestDocument
from pcnhub.care.documents.queries.content import bytes_of
from pcnhub.care.organisations.queries import systems_of
from pcnhub.care.organisations.rules import ClinicalSystem, Permission
from pcnhub.care.sharing.gate import effective_agreement, permit
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Basis
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


class NoTestDocument(NotFound):
    """The practice has none, or the database does not show it to the hub."""

    code = "no-test-document"


@dataclass(frozen=True, slots=True)
class TrialView:
    """How the newest try at one practice's test document went; `at` is None when nobody has tried."""

    holder_id: int
    at: datetime | None = None
    milliseconds: int = 0
    problem: str = ""
    sentence: str = ""
    sha256: str = ""

    @property
    def is_good(self) -> bool:
        return self.at is not None and not self.problem


def keeping_documents_here(ids: Collection[int]) -> frozenset[int]:
    """Those of the organisations whose documents are on this platform, so that there is something to open."""
    return frozenset(each for each, system in systems_of(ids=ids).items() if system == ClinicalSystem.PCN_HUB)


def open_test_document(*, actor: Actor, now: datetime, holder_id: int) -> tuple[bytes, str]:
    """The bytes of the holder's test document and the checksum that the holder wrote down, opened as any document is, and put
    on record. Raises NotPermitted, NotShared, NoTestDocument, ContentAltered."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        # whoever looks after the hub is rarely of a job category that may open records: this one is about nobody
        under = effective_agreement(
            kind=AgreementKind.CARE_RECORD,
            mine=actor.organisation.id,
            theirs=holder_id,
            side=Side.USES,
            day=london_date(now),
        )
        row = TestDocument.objects.select_related("content").filter(organisation=holder_id).first()
        if row is None:
            raise NoTestDocument(
                "This practice has no test document yet, or does not show it.",
                remedy="The worker makes one within minutes of the first try. Try again then.",
                who_can="whoever runs this installation of PCN Hub, if it stays so",
            )
        content = bytes_of(row.content, expected=row.sha256)
        trail.record(
            actor=actor,
            now=now,
            action="documents.test-opened",
            subject=trail.Subject("test document", row.pk),
            data_organisation_id=holder_id,
            basis=Basis(under.name, under.pk),
        )
        return content, row.sha256


def trials(*, actor: Actor, holder_ids: Collection[int]) -> dict[int, TrialView]:
    """Of each holder, the newest try by the actor's organisation."""
    with unit_of_work(actor):
        mine = Opening.objects.filter(organisation=actor.organisation.id, holder__in=holder_ids, is_test=True)
        newest = mine.order_by("holder", "-at", "-pk").distinct("holder")
        found = {
            row.holder_id: TrialView(
                row.holder_id, row.at, row.milliseconds, row.problem, row.sentence, row.found_sha256
            )
            for row in newest
        }
        return {holder: found.get(holder, TrialView(holder)) for holder in holder_ids}


def measured(*, actor: Actor, since: datetime, holder_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Milliseconds of every opening by the actor's organisation that succeeded since then, by holder."""
    with unit_of_work(actor):
        rows = Opening.objects.filter(
            organisation=actor.organisation.id, holder__in=holder_ids, at__gte=since, problem=""
        )
        found: dict[int, list[int]] = {holder: [] for holder in holder_ids}
        for holder, milliseconds in rows.values_list("holder", "milliseconds"):
            found[holder].append(milliseconds)
        return {holder: tuple(each) for holder, each in found.items()}
