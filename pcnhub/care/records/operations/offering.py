"""A practice that keeps its record here lets others ask for it over GP Connect (Access Record Structured)."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.operations import set_gp_connect_switch
from pcnhub.care.organisations.queries import organisation
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability, OrganisationKind, Saved
from pcnhub.care.records.queries.held import held
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


class NothingToGive(InvalidInput):
    """The practice's record is not ready to be asked for: every answer would say that it may be incomplete."""

    code = "record-not-ready"
    who_can = "an administrator of the practice, and whoever runs this installation of PCN Hub"


def offer_record(*, actor: Actor, now: datetime, organisation_id: int, is_on: bool) -> Saved:
    """Turn the switch of Access Record Structured. A practice on this system turns it on once it has an ASID and has brought
    somebody's record in; of another system's practice, or a hub, the switch says how things stand there.

    Raises NothingToGive with everything that is missing, NotPermitted.
    """
    with unit_of_work(actor):
        saved = set_gp_connect_switch(
            actor=actor,
            now=now,
            organisation_id=organisation_id,
            capability=GpConnectCapability.ACCESS_STRUCTURED,
            is_on=is_on,
        )
        if is_on and saved.was != "unchanged":
            _refuse_unready(actor, organisation_id)
        return saved


def _refuse_unready(actor: Actor, organisation_id: int) -> None:
    view = organisation(id=organisation_id)
    if view.kind != OrganisationKind.PRACTICE or view.system != ClinicalSystem.PCN_HUB:
        return
    missing = []
    if not view.asid:
        missing.append(
            Problem(
                "on",
                "asid-missing",
                "The practice has no ASID here, so that calls for another system would be answered",
                "Enter the ASID on the organisation’s page.",
            )
        )
    if not held(actor=actor).is_anything:
        missing.append(
            Problem(
                "on",
                "record-missing",
                "Nobody’s allergies or medication have been brought in, so there is no record to give",
                "Whoever runs this installation of PCN Hub imports the records: pcnhub import records.",
            )
        )
    if missing:
        raise NothingToGive(missing)
