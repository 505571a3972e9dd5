"""The checklist as data: what must be true before and while a hub works, and who or what answers.

Ids, items and gates are those of the field's own checklist; CHK-D1 and so on are lines that sibling checklists have besides,
and those about the machine. Lead times are what to plan for where the sources name none. Adding a line: its room's `checks.py`
answers it, a connection's probe, or a person.
"""

from pcnhub.insight.readiness.catalogue.answers import ANSWERS, PROBES
from pcnhub.insight.readiness.catalogue.booking import BOOKING
from pcnhub.insight.readiness.catalogue.machine import MACHINE
from pcnhub.insight.readiness.catalogue.national import NATIONAL
from pcnhub.insight.readiness.catalogue.preparing import PREPARING
from pcnhub.insight.readiness.catalogue.working import WORKING
from pcnhub.insight.readiness.rules import Requirement

CATALOGUE: tuple[Requirement, ...] = (*PREPARING, *BOOKING, *WORKING, *NATIONAL, *MACHINE)
BY_ID: dict[str, Requirement] = {requirement.id: requirement for requirement in CATALOGUE}

__all__ = ["ANSWERS", "BY_ID", "CATALOGUE", "PROBES"]
