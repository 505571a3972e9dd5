"""Finished against acknowledged, for each practice and day; every difference is named (CHK-69)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.queries import PatientView, standing_patients
from pcnhub.care.records import queries as records
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.queries.copies import CopyView, view_of
from pcnhub.care.writeback.queries.receivers import is_regular
from pcnhub.care.writeback.rules import CopyState, Route
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotShared, Problem

MOST_DAYS = 92
MOST_UNCOPIED = 200
ON_ITS_WAY = timedelta(minutes=15)  # what was finished this moment is no difference yet
NOT_PICKED_UP = "Not picked up yet"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """One finished version that is not known to be in the practice's record, and why."""

    consultation_id: int
    version: int
    finished_at: datetime
    copy_id: int | None
    state_words: str
    reason: str
    remedy: str
    who_can: str
    may_retry: bool
    is_on_its_way: bool = False
    may_send_otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Uncopied:
    """A finished version without a copy; `practice` is the hub itself where nobody knows the patient's."""

    practice: OrganisationRef
    what: Outstanding


@dataclass(frozen=True, slots=True)
class ReconciliationRow:
    """One practice on one London day: versions finished, versions acknowledged, those that a person took there in another way,
    those that a later version goes instead of, and each one of the difference."""

    practice: OrganisationRef
    day: date
    finished: int
    acknowledged: int
    outstanding: tuple[Outstanding, ...]
    otherwise: int = 0
    replaced: int = 0

    @property
    def difference(self) -> int:
        return self.finished - self.acknowledged - self.otherwise - self.replaced


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Rows newest day first. `notes` says what could not be asked, and why: never taken for "nothing"."""

    rows: tuple[ReconciliationRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def finished(self) -> int:
        return sum(row.finished for row in self.rows)

    @property
    def acknowledged(self) -> int:
        return sum(row.acknowledged for row in self.rows)

    @property
    def otherwise(self) -> int:
        return sum(row.otherwise for row in self.rows)

    @property
    def replaced(self) -> int:
        return sum(row.replaced for row in self.rows)

    @property
    def difference(self) -> int:
        return sum(row.difference for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Line:
    """One version. `state` is None where there is no copy yet."""

    practice: OrganisationRef
    finished_at: datetime
    state: CopyState | None
    outstanding: Outstanding | None


def reconciliation(*, actor: Actor, now: datetime, day_from: date, day_to: date) -> Reconciliation:
    """Of a hub: its finished versions against the receipts that it holds, all practices. Of a practice: what hubs finished
    for it against what its own record holds, under Consultation Write Back.

    Days are London days, both included, at most 92. Audited. Raises InvalidInput, NotPermitted.
    """
    _refuse_span(day_from, day_to)
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        if actor.organisation.kind == OrganisationKind.HUB:
            lines, notes = list(_of_hub(actor, now, day_from, day_to)), list[str]()
        else:
            lines, notes = _of_practice(actor, now, day_from, day_to)
        trail.record(
            actor=actor,
            now=now,
            action="writeback.reconciled",
            subject=Subject("copies"),
            basis=grant.basis,
            detail={"from": day_from.isoformat(), "to": day_to.isoformat()},
        )
        return Reconciliation(_rows(lines), tuple(notes))


def _of_hub(actor: Actor, now: datetime, day_from: date, day_to: date) -> Iterable[_Line]:
    """Counted from what was finished, not from the copies: a version that never became a copy must show. Of whom the hub has for
    good nothing is owed."""
    finished = consultations.finished_between(actor=actor, day_from=day_from, day_to=day_to)
    rows = Copy.objects.select_related("target").filter(
        organisation=actor.organisation.id, consultation__in={version.consultation_id for version in finished}
    )
    copies = {(row.consultation_id, row.version): view_of(row) for row in rows}
    without = [version for version in finished if (version.consultation_id, version.number) not in copies]
    people = standing_patients(actor=actor, ids={version.patient_id for version in without}) if without else {}
    practices = {
        one.id: one
        for one in organisations.organisation_refs(
            ids=[
                actor.organisation.id,
                *{version.practice_id for version in without if version.practice_id is not None},
            ]
        )
    }
    for version in finished:
        copy = copies.get((version.consultation_id, version.number))
        if copy is not None:
            yield _Line(copy.practice, version.saved_at, copy.state, _outstanding(copy, now))
            continue
        person = people.get(version.patient_id)
        if person is None or not is_regular(person):
            practice = practices[version.practice_id or actor.organisation.id]
            yield _Line(practice, version.saved_at, None, _without_copy(version, person))


def without_copy(*, actor: Actor, now: datetime) -> tuple[Uncopied, ...]:
    """The acting hub's finished versions of any day that never became a copy: nobody knows where the patient is registered, or
    the worker has not come to them. Oldest first, at most `MOST_UNCOPIED`."""
    with unit_of_work(actor):
        taken = Copy.objects.filter(organisation=actor.organisation.id)
        found = consultations.finished_except(actor=actor, taken=taken, limit=MOST_UNCOPIED)
        people = standing_patients(actor=actor, ids={version.patient_id for version in found}) if found else {}
        ids = {version.practice_id or actor.organisation.id for version in found}
        practices = {one.id: one for one in organisations.organisation_refs(ids=sorted(ids))} if found else {}
        return tuple(
            Uncopied(
                practices[version.practice_id or actor.organisation.id],
                replace(what, is_on_its_way=what.state_words == NOT_PICKED_UP and now - version.saved_at <= ON_ITS_WAY),
            )
            for version in found
            if not ((person := people.get(version.patient_id)) and is_regular(person))
            for what in [_without_copy(version, person)]
        )


def _of_practice(actor: Actor, now: datetime, day_from: date, day_to: date) -> tuple[list[_Line], list[str]]:
    """Each receipt that the hub says it holds is looked up in the practice's own record."""
    notes: list[str] = []
    hubs: list[int] = []
    for hub in organisations.hubs_of(organisation_id=actor.organisation.id, day=london_date(now)):
        try:
            permit(
                actor=actor,
                permission=Permission.VIEW_READINESS,
                now=now,
                data_organisation_id=hub.id,
                agreement=AgreementKind.WRITE_BACK,
                side=Side.GIVES,
            )
        except NotShared as refusal:
            notes.append(f"{hub.name}: {refusal.sentence()}")
        else:
            hubs.append(hub.id)
    rows = Copy.objects.select_related("target").filter(
        target=actor.organisation.id,
        organisation__in=hubs,
        finished_at__gte=day_bounds(day_from)[0],
        finished_at__lt=day_bounds(day_to)[1],
    )
    copies = [view_of(row) for row in rows.order_by("finished_at", "consultation_id", "version")]
    held = records.receipts_held(actor=actor, receipts={copy.receipt for copy in copies if copy.receipt})
    return [_Line(copy.practice, copy.finished_at, copy.state, _outstanding(copy, now, held)) for copy in copies], notes


def _outstanding(copy: CopyView, now: datetime, held: frozenset[str] | None = None) -> Outstanding | None:
    """`held`: the receipts that the practice's own record stands behind. What came by MESH has the sender's receipts."""
    lost = copy.is_acknowledged and copy.route is Route.RECORD and held is not None and copy.receipt not in held
    if copy.is_over and not lost:
        return None
    return Outstanding(
        consultation_id=copy.consultation_id,
        version=copy.version,
        finished_at=copy.finished_at,
        copy_id=copy.id,
        state_words="Receipt without a record" if lost else copy.state_words,
        reason="The hub holds a receipt, and no such consultation is in the practice's record."
        if lost
        else copy.reason,
        remedy="Report it as an incident: this must not happen." if lost else copy.remedy,
        who_can="whoever runs this installation" if lost else copy.who_can,
        may_retry=held is None and copy.may_retry,
        is_on_its_way=not lost and copy.is_on_its_way(now),
        may_send_otherwise=held is None and copy.may_send_otherwise,
    )


def _without_copy(version: consultations.FinishedVersion, patient: PatientView | None) -> Outstanding:
    """Of a patient whose practice nobody knows there is no copy yet: it is made once they are traced."""
    is_homeless = patient is None or (patient.registered_practice is None and not patient.traced_practice_ods)
    if version.practice_id is not None or not is_homeless:
        return _not_picked_up(version)
    return Outstanding(
        consultation_id=version.consultation_id,
        version=version.number,
        finished_at=version.saved_at,
        copy_id=None,
        state_words="Needs action",
        reason="It is not known where the patient is registered: they were booked unregistered.",
        remedy="Trace the patient. The copy then goes home by itself.",
        who_can="whoever traces patients at the hub",
        may_retry=False,
    )


def _not_picked_up(version: consultations.FinishedVersion) -> Outstanding:
    return Outstanding(
        consultation_id=version.consultation_id,
        version=version.number,
        finished_at=version.saved_at,
        copy_id=None,
        state_words=NOT_PICKED_UP,
        reason="The worker has not come to it yet.",
        remedy="It is done within seconds while the worker runs; if not, see the page of failed work.",
        who_can="whoever runs this installation",
        may_retry=False,
    )


def _rows(lines: list[_Line]) -> tuple[ReconciliationRow, ...]:
    grouped: dict[tuple[date, str], list[_Line]] = defaultdict(list)
    for line in lines:
        grouped[london_date(line.finished_at), line.practice.ods_code].append(line)
    rows = [
        ReconciliationRow(
            practice=of_day[0].practice,
            day=day,
            finished=len(of_day),
            acknowledged=sum(line.state is CopyState.ACKNOWLEDGED and line.outstanding is None for line in of_day),
            outstanding=tuple(line.outstanding for line in of_day if line.outstanding is not None),
            otherwise=sum(line.state is CopyState.SENT_OTHERWISE for line in of_day),
            replaced=sum(line.state is CopyState.SUPERSEDED for line in of_day),
        )
        for (day, _), of_day in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.day.toordinal(), row.practice.name)))


def _refuse_span(day_from: date, day_to: date) -> None:
    if day_to < day_from:
        raise InvalidInput(
            [
                Problem(
                    "day_to", "before-start", "The last day is before the first", "Give a later day", day_to.isoformat()
                )
            ]
        )
    if (day_to - day_from).days >= MOST_DAYS:
        raise InvalidInput(
            [Problem("day_to", "too-long", f"At most {MOST_DAYS} days are shown", "Give an earlier last day")]
        )
