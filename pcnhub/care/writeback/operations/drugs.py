"""The practice's side: which drug of a copy goes into its medication list, and what somebody there decides about the others.

The notes are in the record whatever happens here (`domain.md` 12.2 A12). Everything acts for the practice; the hub reads what
became of each.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patients_by_id
from pcnhub.care.records import operations as records
from pcnhub.care.records import queries as record_queries
from pcnhub.care.records.queries import Filed
from pcnhub.care.records.rules import CodedEntry
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.writeback.models import Drug
from pcnhub.care.writeback.queries.drugs import MEDICATION, listed_codes, number_of, prescribers_of
from pcnhub.care.writeback.rules import DrugState, WhyWaiting, why_it_waits
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Basis, Subject
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, Problem

LONGEST_REASON = 500


class DrugSettled(Conflict):
    """Somebody was faster, or a later version of the consultation no longer has the drug."""

    code = "drug-settled"
    remedy = "Open the list again: it says what became of it, and who decided."


def take_in_drugs(*, actor: Actor, now: datetime, receipt: str) -> None:
    """Look at each medication entry of a filed consultation: into the medication list, or onto the list of those that wait.

    What an earlier version said and this one doesn't is withdrawn; of a consultation recorded in error, everything. Done twice
    it changes nothing; of a version that is no longer the newest nothing is done.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        filed = record_queries.filed(actor=actor, receipt=receipt)
        if filed is None or not filed.is_newest:
            return
        take_turn("writeback.drugs", filed.patient_id)
        said = [] if filed.is_in_error else [each for each in filed.entries if each.kind == MEDICATION]
        known = {(row.code, row.directions): row for row in _of_consultation(actor, filed)}
        wanted = {(each.code, _directions(each)): each for each in said}
        for key, row in known.items():
            if key not in wanted and row.state != DrugState.WITHDRAWN:
                _withdraw(row, actor, now, filed)
        for key, entry in wanted.items():
            stands = known.get(key)
            if stands is None or stands.state == DrugState.WITHDRAWN:
                _take_in(stands, entry, actor, now, filed)
            else:
                _stays(stands, entry, actor, now, filed)


def file_drug(*, actor: Actor, now: datetime, drug_id: int, position_id: int | None) -> None:
    """Somebody of the practice enters a drug that waits, under the name of one of its prescribers.

    Raises InvalidInput, NotFound, NotPermitted, DrugSettled.
    """
    with unit_of_work(actor):
        grant, row = _to_decide(actor, now, drug_id)
        offered = {each.id: each for each in prescribers_of(actor=actor, now=now)}
        prescriber = offered.get(position_id or 0)
        if prescriber is None:
            raise InvalidInput(
                [
                    Problem(
                        "position",
                        "not-a-prescriber",
                        "Choose under whose name it is entered",
                        "A GP of the practice who is there today, with a GMP code.",
                    )
                ]
            )
        _enter(row, actor, now, prescriber)
        _decide(row, actor, now, DrugState.FILED, reason="", basis=grant.basis)


def decline_drug(*, actor: Actor, now: datetime, drug_id: int, reason: str) -> None:
    """Somebody of the practice decides that a drug doesn't go into the medication list, and says why; the hub reads it.

    Raises InvalidInput, NotFound, NotPermitted, DrugSettled.
    """
    with unit_of_work(actor):
        grant, row = _to_decide(actor, now, drug_id)
        said = reason.strip()
        if not said:
            raise InvalidInput([Problem("reason", "reason-missing", "Say why", "The hub's clinician will read it.")])
        if len(said) > LONGEST_REASON:
            raise InvalidInput(
                [Problem("reason", "too-long", f"At most {LONGEST_REASON} characters fit", "Shorten it.")]
            )
        _decide(row, actor, now, DrugState.DECLINED, reason=said, basis=grant.basis)


def _of_consultation(actor: Actor, filed: Filed) -> list[Drug]:
    rows = Drug.objects.select_for_update().filter(
        organisation=actor.organisation.id,
        source_organisation=filed.source_organisation_id,
        source_key=filed.source_key,
    )
    return list(rows.order_by("pk"))


def _directions(entry: CodedEntry) -> str:
    return ", ".join(part for part in (entry.value, entry.note) if part)


def _take_in(row: Drug | None, entry: CodedEntry, actor: Actor, now: datetime, filed: Filed) -> None:
    prescriber, why = _judged(entry, actor, now, filed)
    row = row or Drug(
        organisation_id=actor.organisation.id,
        source_organisation_id=filed.source_organisation_id,
        patient_id=filed.patient_id,
        source_key=filed.source_key,
        code=entry.code,
        directions=_directions(entry),
    )
    row.version, row.term, row.arrived_at = filed.version, entry.term, now
    row.mentioned_at, row.mentioned_by = filed.started_at, filed.author_name
    row.is_confidential = _is_confidential(entry, filed)
    row.state = DrugState.WAITING
    row.reason_code, row.reason = (why.code, why.reason) if why else ("", "")
    row.position_id, row.prescriber_name = None, ""
    row.decided_at, row.decided_by, row.decided_by_name = None, "", ""
    row.save(force_insert=True) if row.pk is None else row.save(update_fields=_ALL)
    if why is None and prescriber is not None:
        _enter(row, actor, now, prescriber)
        _decide(row, actor, now, DrugState.FILED, reason="")
    else:
        _note(row, actor, now, "writeback.drug-waits")
        publish_once(actor=actor, now=now, fact="writeback.standing-changed")


_ALL = (
    "version", "term", "arrived_at", "mentioned_at", "mentioned_by", "is_confidential", "state", "reason_code", "reason",
    "position", "prescriber_name", "decided_at", "decided_by", "decided_by_name",
)  # fmt: skip


def _judged(
    entry: CodedEntry, actor: Actor, now: datetime, filed: Filed
) -> tuple[PositionView | None, WhyWaiting | None]:
    settings = sharing.write_back_settings(
        practice_id=actor.organisation.id, hub_id=filed.source_organisation_id, day=london_date(now)
    )
    wrong = [problem.message for problem in settings.problems if problem.field != "formulary"]
    why = why_it_waits(
        code=entry.code,
        formulary=settings.formulary,
        listed=listed_codes(organisation_id=actor.organisation.id, name=settings.formulary),
        prescriber_problems=wrong,
    )
    return settings.prescribing, why


def _enter(row: Drug, actor: Actor, now: datetime, prescriber: PositionView) -> None:
    hub = organisations.organisation_ref(id=row.source_organisation_id)
    records.enter_drug(
        actor=actor,
        now=now,
        patient_id=row.patient_id,
        source_key=_item_key(row),
        code=row.code,
        term=row.term,
        directions=row.directions,
        mentioned_at=row.mentioned_at,
        mentioned_by=f"{row.mentioned_by}, {hub.name}",
        prescriber=f"{prescriber.name} ({prescriber.prescriber_code})",
        is_confidential=row.is_confidential,
    )
    row.position_id, row.prescriber_name = prescriber.id, prescriber.name


def _stays(row: Drug, entry: CodedEntry, actor: Actor, now: datetime, filed: Filed) -> None:
    """The newest version has it, too, and says whether it is confidential."""
    row.version, row.is_confidential = filed.version, _is_confidential(entry, filed)
    row.save(update_fields=["version", "is_confidential"])
    records.mark_drug(
        actor=actor,
        now=now,
        patient_id=row.patient_id,
        source_key=_item_key(row),
        is_confidential=row.is_confidential,
    )


def _is_confidential(entry: CodedEntry, filed: Filed) -> bool:
    return entry.is_confidential or filed.is_confidential


def _withdraw(row: Drug, actor: Actor, now: datetime, filed: Filed) -> None:
    records.strike_drug(actor=actor, now=now, patient_id=row.patient_id, source_key=_item_key(row))
    row.version = filed.version
    said = (
        "The consultation was recorded in error." if filed.is_in_error else "The amended consultation no longer has it."
    )
    row.save(update_fields=["version"])
    _decide(row, actor, now, DrugState.WITHDRAWN, reason=said)


def _item_key(row: Drug) -> str:
    return f"write-back:drug:{row.pk}"


def _to_decide(actor: Actor, now: datetime, drug_id: int) -> tuple[Grant, Drug]:
    grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
    if actor.is_system:
        raise NotPermitted("A person of the practice decides, never a system.", remedy="Sign in at the practice.")
    row = Drug.objects.select_for_update().filter(pk=drug_id, organisation=actor.organisation.id).first()
    # Of a person of whom the actor may not know, there is none.
    if row is None or row.patient_id not in patients_by_id(actor=actor, ids=[row.patient_id]):
        raise NotFound("There is no such drug here.", remedy="Choose one from the list of drugs that wait.")
    if row.state != DrugState.WAITING:
        raise DrugSettled(f"{row.term} no longer waits.")
    publish_once(actor=actor, now=now, fact="writeback.standing-changed")
    return grant, row


def _decide(
    row: Drug, actor: Actor, now: datetime, state: DrugState, *, reason: str, basis: Basis | None = None
) -> None:
    row.state, row.reason, row.decided_at = state, reason, now
    row.decided_by, row.decided_by_name = actor.user, actor.name
    fields = ["state", "reason", "position", "prescriber_name", "decided_at", "decided_by", "decided_by_name"]
    row.save(update_fields=fields)
    _note(row, actor, now, f"writeback.drug-{state}", reason=reason, basis=basis)


def _note(row: Drug, actor: Actor, now: datetime, action: str, *, reason: str = "", basis: Basis | None = None) -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("drug", row.pk, row.patient_id, number_of(actor, row.patient_id)),
        basis=basis or Basis(),
        reason=reason,
        detail={"code": row.code, "reason": row.reason_code},
    )
