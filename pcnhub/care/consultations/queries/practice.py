"""Whose practice a consultation concerns, for what is told to that practice without a word about the patient."""

from __future__ import annotations

from pcnhub.care.consultations.models import Consultation
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def practice_of_consultation(*, actor: Actor, consultation_id: int) -> int | None:
    """The practice's id; None when nobody knows it, or there is no such consultation here."""
    with unit_of_work(actor):
        found = Consultation.objects.filter(pk=consultation_id, organisation=actor.organisation.id)
        return found.values_list("patient_practice", flat=True).first()
