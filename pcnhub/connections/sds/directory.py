"""The port to the national directory: who an organisation is registered as, for an interaction. The driver is chosen by setting.

A run asks each question once and keeps the answers for its own length: GP Connect lets nobody keep them from one patient's
call to the next, nor use one capability's service root for another (1.2.7, Spine directory integration).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from pcnhub.connections.sds import fhir, journal
from pcnhub.connections.sds.configuration import Configuration
from pcnhub.connections.sds.refusals import NotConfigured, NotLookedUp
from pcnhub.connections.sds.words import Device, Endpoint, Fault, Listing, Question, interaction_id
from pcnhub.foundations.kernel.actors import Actor

T = TypeVar("T")
Search = Callable[[Configuration, Question, uuid.UUID], tuple[T, ...]]


class Driver(NamedTuple):
    endpoints: Search[Endpoint]
    devices: Search[Device]


def _driver(name: str) -> Driver:
    """Raises NotConfigured."""
    if name == "ldap":
        from pcnhub.connections.sds import ldap  # its client takes long to load: whoever has no LDAP does without

        return Driver(ldap.endpoints, ldap.devices)
    if name != "fhir":
        raise NotConfigured("No national directory is set.")
    return Driver(fhir.endpoints, fhir.devices)


class Run:
    """The look-ups of one run. May be used by several threads; touches no database until `write_down`."""

    def __init__(self, configuration: Configuration, *, now: datetime) -> None:
        self._configuration, self._now = configuration, now
        self._began = time.monotonic()
        self._known: dict[tuple[str, Question], tuple[Any, ...]] = {}
        self._lines: list[journal.Line] = []
        self._under_way: dict[uuid.UUID, journal.Line] = {}

    @property
    def is_set(self) -> bool:
        return bool(self._configuration.driver)

    def listing(self, *, ods_code: str, interaction: str) -> Listing:
        """Where and as whom an organisation answers an interaction; the first step that fails ends it, and is its `fault`.

        `interaction` as `rest:search:slot-1`, or in full. Raises NotConfigured, NoAnswer, SaidNo, Unclear.
        """
        driver = _driver(self._configuration.driver)
        question = Question(ods_code.strip().upper(), interaction_id(interaction))
        found = self._asked("endpoint", driver.endpoints, question)
        listing = Listing(question.ods_code, question.interaction)
        if len(found) != 1:
            return replace(listing, fault=Fault.SEVERAL_ENDPOINTS if found else Fault.NO_ENDPOINT)
        listing = replace(listing, address=found[0].address.rstrip("/"), party_key=found[0].party_key)
        of_party = Question(question.ods_code, question.interaction, found[0].party_key)
        systems = self._asked("device", driver.devices, of_party)
        if len(systems) != 1:
            return replace(listing, fault=Fault.SEVERAL_ASIDS if systems else Fault.NO_ASID)
        return replace(listing, asid=systems[0].asid)

    def write_down(self, *, actor: Actor) -> None:
        """What was asked until now goes into the journal, once; what has had no answer by now, as that."""
        lines, self._lines = self._lines, []
        while self._under_way:
            _, line = self._under_way.popitem()
            lines.append(replace(line, milliseconds=journal.elapsed(line.began)))
        if lines:
            journal.write(lines, actor=actor, now=self._now, began=self._began)

    def _asked(self, operation: str, search: Search[T], question: Question) -> tuple[T, ...]:
        key = (operation, question)
        if key not in self._known:
            self._known[key] = self._ask(operation, search, question)
        return self._known[key]

    def _ask(self, operation: str, search: Search[T], question: Question) -> tuple[T, ...]:
        line = journal.Line(
            driver=self._configuration.driver, operation=operation, question=question, correlation_id=uuid.uuid4(),
            outcome="no-answer", found=0, answer_code=None, began=time.monotonic(), milliseconds=0,
        )  # fmt: skip
        self._under_way[line.correlation_id] = line
        try:
            answer = search(self._configuration, question, line.correlation_id)
            line = replace(line, outcome="found" if answer else "nothing", found=len(answer))
        except NotLookedUp as refusal:
            line = replace(line, outcome=refusal.outcome, answer_code=refusal.answer_code)
            raise
        else:
            return answer
        finally:
            if (
                self._under_way.pop(line.correlation_id, None) is not None
            ):  # else it was written down while it took so long
                self._lines.append(replace(line, milliseconds=journal.elapsed(line.began)))
