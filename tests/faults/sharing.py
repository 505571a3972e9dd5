"""Agreements that are off, old, or made with the wrong parties."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from pcnhub.care.sharing import operations as sharing
from pcnhub.care.sharing import queries as agreements
from pcnhub.care.sharing.queries import AgreementView
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.local_time import london_date
from tests.faults.ready import ASH, ELM, HUB, NOW, PRACTICES, Ready, side
from tests.faults.seeding import Red, fault

OTHERS = [kind for kind in AgreementKind if kind is not AgreementKind.REMOTE_CONSULTATIONS]


def agreement(ready: Ready, kind: AgreementKind) -> AgreementView:
    [found] = [
        each for each in agreements.agreements_of(hub_id=ready.hub_id, day=london_date(NOW)) if each.kind is kind
    ]
    return found


def closed(kind: AgreementKind, practices: Iterable[str], who: str) -> Red:
    """One agreement is not effective with these. While the care record is closed, the hub sees no imports either, and says who
    must act there, not who imports."""
    blind = ("CHK-29", "CHK-30", "CHK-31") if kind is AgreementKind.CARE_RECORD else ()
    return {(check, ods): who for ods in practices for check in ("CHK-05", *blind)}


@fault("A practice switches its side of an agreement off", over=product(PRACTICES, OTHERS), at_once=True)
def side_of_practice(ready: Ready, ods: str, kind: AgreementKind) -> Red:
    side(ready, ods, kind, on=False)
    return closed(kind, [ods], ready.names[ods])


@fault("The hub switches its side of an agreement off", over=(AgreementKind.CARE_RECORD, AgreementKind.WRITE_BACK))
def side_of_hub(ready: Ready, kind: AgreementKind) -> Red:
    side(ready, HUB, kind, on=False)
    return closed(kind, PRACTICES, ready.names[HUB])


@fault("Remote Consultations is switched on again", over=PRACTICES, at_once=True)
def remote_consultations(ready: Ready, ods: str) -> Red:
    side(ready, ods, AgreementKind.REMOTE_CONSULTATIONS, on=True)
    # one deed, two lines of the checklist: written twice (CHK-07), and bookable that way (CHK-72)
    return {(check, ods): f"an agreement manager at {ready.names[ods]}" for check in ("CHK-07", "CHK-72")}


@fault("The hub changes an agreement's terms, and nobody has accepted them", over=(AgreementKind.APPOINTMENTS,))
def new_terms(ready: Ready, kind: AgreementKind) -> Red:
    sharing.change_terms(
        actor=ready.manager(HUB), now=NOW, agreement_id=agreement(ready, kind).id, terms_version="2 of November"
    )
    return closed(kind, PRACTICES, ready.names[HUB])


@fault(
    "A practice leaves one agreement", over=((ASH, AgreementKind.TASKS_TO_PRACTICE), (ELM, AgreementKind.CARE_RECORD))
)
def leaves(ready: Ready, ods: str, kind: AgreementKind) -> Red:
    sharing.leave(
        actor=ready.manager(HUB), now=NOW, agreement_id=agreement(ready, kind).id, organisation_id=ready.ids[ods],
        left_on=london_date(NOW),
    )  # fmt: skip
    return closed(kind, [ods], ready.names[HUB]) | {("CHK-08", HUB): ready.names[HUB]}


@fault("A clinician's job category is not in the care record agreement")
def job_category(ready: Ready) -> Red:
    sharing.change_job_categories(
        actor=ready.manager(HUB), now=NOW, agreement_id=agreement(ready, AgreementKind.CARE_RECORD).id,
        allowed_job_categories=("General Medical Practitioner",),
    )  # fmt: skip
    # the nurse is on the rota of the week, too
    return {
        ("CHK-06", HUB): f"the agreement manager at {ready.names[HUB]}",
        ("CHK-42", HUB): "the hub's people manager",
    }
