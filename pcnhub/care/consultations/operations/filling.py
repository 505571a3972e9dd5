"""Using a clinical template: its answers go into the draft as text and coded entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pcnhub.care.consultations.operations.standing import locked, may_consult, refuse_closed, refuse_other_revision
from pcnhub.care.consultations.operations.writing import save_draft
from pcnhub.care.consultations.queries.definitions import DefinitionView, definition
from pcnhub.care.consultations.queries.reference import concepts
from pcnhub.care.consultations.rules import notes_from_json
from pcnhub.care.consultations.rules.definitions import KIND_WORDS, DefinitionKind
from pcnhub.care.consultations.rules.forms import added, filled, holds
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem


class NotInUse(Conflict):
    """The version is a draft, or retired: nobody works with it."""

    code = "definition-not-in-use"
    remedy = "Choose one from the list of those in use."


def fill_template(
    *, actor: Actor, now: datetime, consultation_id: int, template_id: int, revision: int, answers: Mapping[str, str]
) -> int:
    """Add the answers beneath what the draft has, and keep it; the new revision. Nothing that was written is changed.

    `revision` is the one that the clinician saw. The same form sent again, because its answer was lost, adds nothing: what
    the draft holds already stays as it is. Raises InvalidInput with all that is wrong with the answers, DraftMovedOn,
    ConsultationMovedOn, NotInUse, NotFound.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_closed(row)
        template = in_use(actor, template_id, DefinitionKind.FORM)
        form = template.form
        terms = {code: concept.term for code, concept in concepts(codes=form.codes()).items()}
        refuse_lost_codes(form.codes() - set(terms))
        more = filled(form, answers, terms=terms)
        if not (more.sections or more.entries):
            raise InvalidInput(
                [Problem("", "nothing-answered", "Nothing is answered", "Answer what applies, or go back.")]
            )
        before = notes_from_json(row.draft)
        if row.revision != revision and holds(before, more):
            return row.revision
        refuse_other_revision(row, revision)
        kept = save_draft(
            actor=actor,
            now=now,
            consultation_id=row.pk,
            revision=revision,
            notes=added(before, more),
        )
        patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
        trail.record(
            actor=actor,
            now=now,
            action="consultations.template-filled",
            subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            basis=consulter.basis,
            detail={"key": template.key, "version": template.number, "revision": kept},
        )
        return kept


def in_use(actor: Actor, definition_id: int, kind: DefinitionKind) -> DefinitionView:
    """The published version of this kind. Raises NotFound, NotInUse."""
    view = definition(hub_id=actor.organisation.id, definition_id=definition_id)
    if view.kind is not kind or not view.is_published:
        raise NotInUse(f"Version {view.number} of {view.title} is not a {KIND_WORDS[kind].lower()} in use.")
    return view


def refuse_lost_codes(codes: frozenset[str]) -> None:
    """A code list that was replaced may have lost what a template was published with. Raises InvalidInput."""
    remedy = "Tell the hub’s manager: the template needs a new version, or the code list an older one."
    if codes:
        raise InvalidInput(
            Problem("", "unknown-code", "No loaded list has this code any more", remedy, code) for code in sorted(codes)
        )
