"""A person says that two rows of the hub are one person, or that they are not after all. The computer never does.

Nothing moves: appointments and consultations stay under the row where they were made, and whoever reads follows
`merged_into`. So a merge that was wrong is undone without a trace left in anybody's care.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ContactOffer, FormerNumber, Merge, Patient
from pcnhub.care.patients.operations.contacts import settle
from pcnhub.care.patients.operations.holding import held_here
from pcnhub.care.patients.operations.registrations import (
    AlreadySo,
    note_act,
    refuse_merged,
    refuse_without_reason,
)
from pcnhub.care.patients.operations.renumbering import put_down_former
from pcnhub.care.patients.operations.ties import TieKind, ties_of
from pcnhub.care.patients.operations.traced_rows import MERGED_BY_TRACE
from pcnhub.care.patients.rules import NumberEnd, OfferState, RegistrationState
from pcnhub.care.patients.rules.contacts import ContactSource, hear, said_by, without_words_of
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem


class ByTrace(Conflict):
    """A trace joined the two: taking only the pointer away would leave appointments under the wrong person."""

    code = "joined-by-trace"
    remedy = "Open the patient and choose 'Not this person' beside the link: the appointments go back with it."
    who_can = "whoever traces patients at the hub"


def merge(
    *, actor: Actor, now: datetime, kept_id: int, merged_id: int, reason: str, superseded_number: str = ""
) -> None:
    """Use `kept_id` for a person who also stands under `merged_id`; both are temporary registrations of the acting hub.

    Two rows with different NHS numbers are two people until the national service says otherwise: only who writes out the
    number that it replaced (`superseded_number`, that of the merged row) can merge them, and it leads to the kept one from
    then on. Protection of either protects the kept row, and by a merge nobody sees of the protected what they could not see
    before, nor learns whose number was given for somebody. Publishes `patients.merged`. Raises InvalidInput (every reason
    against it, by name), NotPermitted, NotFound, KeptElsewhere, NotUsed.
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        # Always in the order of their ids: two people who merge the two, each the other way, don't wait for each other.
        rows = {each: held_here(actor=actor, patient_id=each) for each in sorted({kept_id, merged_id})}
        kept, merged = rows[kept_id], rows[merged_id]
        for row in rows.values():
            refuse_merged(row)
        problems = [
            *_against(kept, merged, superseded_number),
            *_number_only_said(kept, merged, actor),
            *_both_consulting(kept, merged, actor, now),
        ]
        if problems:
            raise InvalidInput(problems)
        words = hear(kept, said_by(merged), source=ContactSource.MERGED, at=now)
        values = words.columns | {
            "is_sensitive": kept.is_sensitive or merged.is_sensitive,
            "pds_restricts": kept.pds_restricts or merged.pds_restricts,
            "dissents_from_sharing": kept.dissents_from_sharing or merged.dissents_from_sharing,
            "put_down_by": _writer(kept, merged),
            "ends_on": max(filter(None, (kept.ends_on, merged.ends_on)), default=None),
            "updated_at": now,
        }
        for name, value in values.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(values))
        settle(kept, words, source=ContactSource.MERGED, actor=actor, now=now)
        Patient.objects.filter(merged_into=merged).update(merged_into=kept, updated_at=now)  # readers go one step
        merged.merged_into, merged.updated_at = kept, now
        merged.save(update_fields=["merged_into", "updated_at"])
        if kept.number and merged.number:
            put_down_former(kept, merged.number, NumberEnd.SUPERSEDED, now)
        made = Merge.objects.create(
            organisation_id=actor.organisation.id, kept=kept, merged=merged, reason=reason, at=now, by=actor.name
        )
        for row in (kept, merged):
            note_act(row, "patients.merged", reason, actor=actor, now=now)
        publish(
            actor=actor,
            now=now,
            fact="patients.merged",
            key=str(made.pk),
            payload={"merge_id": made.pk, "patient_id": kept.pk, "from_id": merged.pk},
        )


def unmerge(*, actor: Actor, now: datetime, merged_id: int, reason: str) -> int:
    """Take a merge back: two rows, two people again, each with what was made under it; the id of the row that was kept.

    What was booked since the merge stands under the kept row; how to reach the other one leaves it. Protection that the merge
    brought stays there, until the practice's word takes it away. What a trace joined is not taken back here: appointments
    moved with it (`appointments.unlink`). Raises InvalidInput, NotPermitted, NotFound, KeptElsewhere, AlreadySo, ByTrace.
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_REGISTRATIONS, now=now)
        row = held_here(actor=actor, patient_id=merged_id)
        standing = Merge.objects.select_related("kept").filter(merged=row.pk, undone_at__isnull=True).first()
        if standing is None:
            raise AlreadySo("This entry is not merged into another one.")
        if standing.reason == MERGED_BY_TRACE:
            raise ByTrace("This entry was joined by a trace, and appointments moved with it.")
        kept = standing.kept
        own = _merged_under(row.pk)
        row.merged_into, row.updated_at = None, now
        row.save(update_fields=["merged_into", "updated_at"])
        Patient.objects.filter(pk__in=own).update(merged_into=row, updated_at=now)
        standing.undone_at, standing.undone_by, standing.undo_reason = now, actor.name, reason
        standing.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        _let_go_of_words(standing.kept_id, row, now)
        FormerNumber.objects.filter(organisation=row.organisation_id, patient=kept, nhs_number=row.number).delete()
        offers = ContactOffer.objects.filter(patient=kept, source=ContactSource.MERGED, state=OfferState.OPEN)
        offers.update(state=OfferState.LAPSED, decided_at=now, decided_by=actor.name)
        for each in (kept, row):
            note_act(each, "patients.unmerged", reason, actor=actor, now=now)
        return kept.pk


def _let_go_of_words(kept_id: int, row: Patient, now: datetime) -> None:
    """What the merge filled in from the other entry is another person's: a message sent there would reach them."""
    kept = Patient.objects.select_for_update().get(pk=kept_id)
    columns = without_words_of(kept, row)
    if columns:
        for name, value in columns.items():
            setattr(kept, name, value)
        kept.updated_at = now
        kept.save(update_fields=[*columns, "updated_at"])


def _writer(kept: Patient, merged: Patient) -> str:
    """Who goes on seeing the kept entry though it is closed (`known_to`): nobody, once a protected person's words stand there."""
    return "" if merged.is_sensitive and not kept.number else kept.put_down_by


def _merged_under(root: int) -> set[int]:
    """The rows that people merged into this one, and into those."""
    found: set[int] = set()
    step = {root}
    while step:
        step = set(
            Merge.objects.filter(kept__in=step, undone_at__isnull=True).values_list("merged", flat=True)
        ) - found  # fmt: skip
        found |= step
    return found


def _against(kept: Patient, merged: Patient, superseded_number: str) -> Iterator[Problem]:
    """Every reason from the two rows themselves why they can't be one person, or not this way round."""
    if kept.pk == merged.pk:
        yield Problem("merged", "same-entry", "This is one entry.", "Choose the other entry of the person.")
        return
    if kept.birth_date != merged.birth_date:
        yield Problem(
            "merged",
            "birth-dates-differ",
            "The two have different dates of birth: they are two people, or one date is wrong.",
            "Trace both. If one date proves wrong and is put right, they can be merged.",
        )
    if merged.number and not kept.number:
        yield Problem(
            "merged",
            "keep-the-numbered",
            "Only the other one has an NHS number.",
            "Keep the one with the NHS number.",
        )
    if kept.number and merged.number:
        given = "".join(superseded_number.split())
        if given != merged.number:
            yield Problem(
                "superseded_number",
                "numbers-differ",
                "The two have different NHS numbers: they are two people, unless the national service has replaced one "
                "number by the other.",
                "If it has, write out the number that was replaced, which is the one of the entry not kept.",
                "" if not given else "another number",
            )
    if merged.registration_state == RegistrationState.DECEASED != kept.registration_state:
        yield Problem(
            "merged",
            "one-deceased",
            "One of the two is recorded as deceased, and the other would be used.",
            "Find out which is right. If the person has died, keep the entry that says so.",
        )


def _number_only_said(kept: Patient, merged: Patient, actor: Actor) -> Iterator[Problem]:
    """Where a number was said that may be a protected person's: then the entry is closed to all but its writer, who would see by
    what opens after a merge, or does not, whose number it was. So whoever may not know is told the same of every number."""
    if kept.pk == merged.pk:
        return
    untraced = [row for row in (kept, merged) if not row.number]
    if not actor.may(Permission.VIEW_SENSITIVE):
        if any(row.stated_nhs_number for row in untraced):
            yield Problem(
                "merged",
                "number-not-traced",
                "An NHS number was said for somebody of the two, and nobody has traced it.",
                "Trace them: whoever has the number already is joined by that. If they can't be traced, ask somebody who may "
                "see protected patients to merge the two.",
            )
    elif any(row.is_sensitive and row.put_down_by for row in untraced):
        yield Problem(
            "merged",
            "number-to-settle",
            "The number that was said is a protected person's, and whoever wrote that entry down goes on seeing it: merged, they "
            "would read what the other one says, or see that theirs is closed.",
            "Settle it first, on the page that traces it: if the number was misheard, take it off; if it is that person, their "
            "practice looks after them.",
        )


def _both_consulting(kept: Patient, merged: Patient, actor: Actor, now: datetime) -> Iterator[Problem]:
    ties = ties_of(actor=actor, now=now, patient_ids=[kept.pk, merged.pk])
    open_under = {tie.patient_id for tie in ties if tie.kind == TieKind.CONSULTATION}
    if len(open_under) == 2:
        yield Problem(
            "merged",
            "consultations-open",
            "A consultation is under way for each of the two.",
            "Finish one of them first: whoever writes must not meet another person's name on the way.",
        )
