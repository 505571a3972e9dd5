"""What the demo's practices let into their medication lists without anybody looking: a small list each."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.queries import organisation
from pcnhub.care.writeback import operations
from pcnhub.care.writeback.queries import formularies
from pcnhub.foundations.kernel.actors import Actor

LISTED = {
    "372687004": "Amoxicillin",
    "387207008": "Ibuprofen",
    "387517004": "Paracetamol",
    "372897005": "Salbutamol",
}


def name_of(practice: str) -> str:
    """The name under which a practice of the demo chose its formulary."""
    return f"{practice} formulary"


def take_in(*, manager: Actor, now: datetime) -> None:
    """Once: what the manager has brought in since stays as it is."""
    practice = organisation(id=manager.organisation.id)
    if formularies(organisation_id=practice.id):
        return
    rows = "".join(f"{code},{name}\n" for code, name in LISTED.items())
    operations.import_formulary(
        actor=manager,
        now=now,
        name=name_of(practice.name),
        file_name="formulary.csv",
        content=f"code,name\n{rows}".encode(),
    )
