"""A practice that keeps its record here lets others ask for it over GP Connect (Access Record Structured)."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.operations import set_gp_connect_switch
from pcnhub.care.organisations.queries import organisation
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability, OrganisationKind, Saved
from pcnhub.care.records.queries.held import held
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict


class NothingToGive(Conflict):
    """The practice's record is not ready to be asked for: every answer would say that it may be incomplete."""

    code = "record-not-ready"


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
        missing.append("its ASID is not entered, so that calls for another system would be answered")
    if not held(actor=actor).is_anything:
        missing.append("nobody's allergies or medication have been brought in")
    if missing:
        raise NothingToGive(
            f"{view.name} is not ready to give its record: {'; and '.join(missing)}.",
            remedy="Enter the ASID on the organisation's page; bring the records in with pcnhub import records. Then try again.",
            who_can=f"an administrator of {view.name}, and whoever runs this installation of PCN Hub",
        )
