"""What protocols ask for, at the moment of finishing or amending: answered, refused where open, told to whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pcnhub.care.consultations.models import Consultation, Deed
from pcnhub.care.consultations.queries.protocols import wanted
from pcnhub.care.consultations.rules import Heading, Notes, Section, problems_of_reason
from pcnhub.care.consultations.rules.forms import added
from pcnhub.care.consultations.rules.protocols import AskKind, DeedKind, Moment, Wanted, problems_of
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Basis, Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Problem

TOLD = "Told the patient:"


@dataclass(frozen=True, slots=True)
class AskAnswer:
    """What a clinician says of one ask: that it was done (advice), or why it is not needed here."""

    protocol: str
    ask: str
    is_confirmed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The notes with the advice that was confirmed, what stays open, and the e-mails that leave with the version."""

    notes: Notes
    problems: tuple[Problem, ...]
    notices: tuple[Wanted, ...]


def settle(
    *,
    actor: Actor,
    now: datetime,
    row: Consultation,
    notes: Notes,
    moment: Moment,
    answers: Sequence[AskAnswer],
    basis: Basis,
) -> Settled:
    """Put the answers on record, and say what is open still. In the unit of work of who finishes: a refusal undoes all of it."""
    asked = wanted(actor=actor, now=now, consultation_id=row.pk, notes=notes, moment=moment)
    given = {(each.protocol, each.ask): each for each in answers}
    problems: list[Problem] = []
    for each in asked:
        answer = given.get((each.protocol, each.ask.name))
        if each.is_satisfied or answer is None:
            continue
        if each.ask.kind is AskKind.ADVICE and answer.is_confirmed:
            note_deed(row, actor, now, DeedKind.ADVICE, basis=basis, wanted=each, text=each.ask.advice)
            notes = added(notes, Notes(sections=(Section(Heading.PLAN, f"{TOLD} {each.ask.advice}"),)))
        elif answer.reason.strip() and each.may_pass:
            too_long = [replace(one, field=each.field) for one in problems_of_reason(answer.reason, act="pass over it")]
            problems += too_long
            if not too_long:
                note_deed(row, actor, now, DeedKind.OVERRIDE, basis=basis, wanted=each, text=answer.reason.strip())
    if answers:  # judged again, by the same function, with what was just put on record
        asked = wanted(actor=actor, now=now, consultation_id=row.pk, notes=notes, moment=moment)
    named = {problem.field for problem in problems}
    problems += [problem for problem in problems_of(asked) if problem.field not in named]
    leaving = tuple(each for each in asked if each.leaves_by_itself)
    return Settled(notes, tuple(problems), leaving)


def send_notices(*, actor: Actor, now: datetime, row: Consultation, notices: Sequence[Wanted], basis: Basis) -> None:
    """Ask for the e-mails that protocols want, once for each consultation and ask. They carry nobody's data."""
    for each in notices:
        deed = note_deed(row, actor, now, DeedKind.EMAIL, basis=basis, wanted=each)
        publish(
            actor=actor,
            now=now,
            fact="consultations.notice-asked",
            key=f"{row.pk}:{each.protocol}:{each.ask.name}",
            payload={"consultation_id": row.pk, "deed_id": deed.pk, "protocol": each.protocol},
        )


def note_task(
    *,
    actor: Actor,
    now: datetime,
    consultation_id: int,
    task_id: int,
    kind: str,
    priority: str,
    is_back: bool = False,
) -> None:
    """Put on record that a task was sent from a consultation of the acting hub, or that it came back; told twice it is put
    down once. The tasks room says so; it audits the task."""
    what = DeedKind.TASK_BACK if is_back else DeedKind.TASK
    with unit_of_work(actor):
        if not Consultation.objects.filter(pk=consultation_id, organisation=actor.organisation.id).exists():
            return  # a practice's task about a consultation that it only has a copy of
        of_task = Deed.objects.filter(
            consultation=consultation_id, kind__in=(DeedKind.TASK, DeedKind.TASK_BACK), reference=str(task_id)
        )
        last = of_task.order_by("-pk").first()
        if (last.kind if last else DeedKind.TASK_BACK.value) == what:
            return
        Deed.objects.create(
            organisation_id=actor.organisation.id, consultation_id=consultation_id, kind=what, what=kind,
            priority=priority, reference=str(task_id), at=now, by=actor.user, by_name=actor.name,
        )  # fmt: skip


def note_deed(
    row: Consultation,
    actor: Actor,
    now: datetime,
    kind: DeedKind,
    *,
    basis: Basis,
    wanted: Wanted | None = None,
    text: str = "",
    **more: str | int,
) -> Deed:
    """The row and its audit entry. `more` are further columns of the deed."""
    deed = Deed.objects.create(
        organisation_id=row.organisation_id,
        consultation_id=row.pk,
        kind=kind,
        protocol=wanted.protocol if wanted else "",
        ask=wanted.ask.name if wanted else "",
        text=text,
        at=now,
        by=actor.user,
        by_name=actor.name,
        **more,
    )
    patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
    trail.record(
        actor=actor,
        now=now,
        action=_ACTIONS[kind],
        subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
        data_organisation_id=patient.home_id,
        basis=basis,
        reason=text if kind is DeedKind.OVERRIDE else "",
        detail={"deed": deed.pk, "protocol": deed.protocol, "ask": deed.ask, "what": deed.what},
    )
    return deed


_ACTIONS = {
    DeedKind.ADVICE: "consultations.advice-confirmed",
    DeedKind.OVERRIDE: "consultations.protocol-overridden",
    DeedKind.EMAIL: "consultations.notice-asked",
    DeedKind.DOCUMENT: "consultations.document-made",
}
