"""Publishing: a fact becomes one row for each of its handlers, in the transaction of the change itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from pcnhub.foundations.database.rehearsing import rehearsal_going
from pcnhub.foundations.database.work import UnitOfWork, current_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber

Payload = Mapping[str, int | str | bool | None]

CHANNEL = "pcnhub_jobs"
"""Where workers listen: notified as a unit of work that published something commits."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a handler is given: the fact, its ids, an actor of the organisation it concerns, the time, and which try this is."""

    fact: str
    payload: Mapping[str, Any]
    actor: Actor
    now: datetime
    job_id: int
    dedup_key: str
    attempt: int = 1


Handler = Callable[[Told], None]


def opens_own_work(handler: Handler) -> Handler:
    """Marks a handler that is called outside any unit of work, because it calls other systems and must hold no transaction over
    the network. It opens its own units as `told.actor` or a system of that organisation, and must be harmless when done twice:
    a worker that dies between its last commit and "done" leaves the job to be tried again."""
    _opening_own.add(handler)
    return handler


def is_opening_own_work(handler: Handler) -> bool:
    return handler in _opening_own


_opening_own: set[Handler] = set()


class PermanentFailure(Exception):
    """Trying again can't help. The job waits on the page of failures for a person, with this message and remedy."""

    def __init__(self, message: str, *, code: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.code, self.remedy = message, code, remedy


class UnknownFact(RuntimeError):
    """A fact is published that `config/facts.py` neither handles nor lists as unheard: a bug."""


_handlers: dict[str, dict[str, Handler]] = {}
_leaving: set[str] = set()


def wire(handlers: Mapping[str, Mapping[str, Handler]], *, leaving: Iterable[str] = ()) -> None:
    """Called once by `config`: fact -> {handler name: handler}. An empty mapping says: nobody listens, on purpose. `leaving`:
    the first words of those handlers' names that a rehearsal never calls, because they tell somebody or look at what is real."""
    _handlers.clear()
    _handlers.update({fact: dict(named) for fact, named in handlers.items()})
    _leaving.clear()
    _leaving.update(leaving)


def leaves(handler: str) -> bool:
    """Whether what this handler does would leave a rehearsal: it tells somebody, or looks at what is real."""
    return handler.partition(".")[0] in _leaving


def handler_named(fact: str, name: str) -> Handler | None:
    return _handlers.get(fact, {}).get(name)


def publish(
    *,
    actor: Actor,
    now: datetime,
    fact: str,
    key: str,
    payload: Payload,
    organisation_id: int | None = None,
    ordering_key: str = "",
    run_after: datetime | None = None,
    is_awaited: bool = False,
) -> None:
    """Write down that `fact` happened, so that each of its handlers will be called, at least once.

    `key` names this happening (same key, same job). `organisation_id` is the one that the handlers act for (default: the
    actor's). Jobs of one `ordering_key` run in the order in which their units of work commit. `is_awaited`: somebody looks at a
    page until it is done; it comes before whatever nobody waits for. `payload` holds ids and codes; a person's data is refused
    with ValueError. A rehearsal's keys are its own: no real work is taken for done, or waits, for it.
    """
    current_work()
    if fact not in _handlers:
        raise UnknownFact(fact)
    for name, value in payload.items():
        _refuse_personal(name, value)
    going = rehearsal_going()
    own = f"rehearsal-{going.run_id}:" if going else ""
    ordering_key = ordering_key and own + ordering_key
    jobs = [
        Job(
            fact=fact,
            handler=handler,
            payload=dict(payload),
            organisation_id=organisation_id or actor.organisation.id,
            caused_by=actor.user,
            request_id=actor.request_id,
            dedup_key=f"{own}{fact}:{handler}:{key}",
            ordering_key=ordering_key,
            run_after=run_after or now,
            is_awaited=is_awaited,
            created_at=now,
        )
        for handler in _handlers[fact]
    ]
    if not jobs:
        return
    if ordering_key:
        _take_turn(ordering_key)
    Job.objects.bulk_create(jobs, ignore_conflicts=True)
    wake_on_commit()


def publish_once(*, actor: Actor, now: datetime, fact: str, organisation_id: int | None = None) -> None:
    """Write down, as the running unit of work commits, that something of this kind changed at the organisation (default: the
    actor's): one piece of news, however many rows the unit changed. It names none of them: who listens looks for itself.
    """
    work = current_work()
    if fact not in _handlers:
        raise UnknownFact(fact)
    told = work.notes.setdefault(_ONCE, [])
    news = (fact, organisation_id or actor.organisation.id)
    if news not in [each[:2] for each in told]:
        told.append((*news, actor, now))
    work.before_commit[_ONCE] = _publish_told
    wake_on_commit()


_ONCE = "jobs.once"


def _publish_told(work: UnitOfWork) -> None:
    for fact, organisation_id, actor, now in work.notes[_ONCE]:
        publish(actor=actor, now=now, fact=fact, key=uuid.uuid4().hex, payload={}, organisation_id=organisation_id)


def _take_turn(ordering_key: str) -> None:
    """Until commit, nobody else gets a number under this key: numbers given early and committed late would change the order."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [ordering_key])


def wake_on_commit() -> None:
    """The workers are called when the running unit of work commits, and not if it doesn't."""
    current_work().before_commit["jobs"] = _wake


def _wake(_work: UnitOfWork) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


def _refuse_personal(name: str, value: object) -> None:
    if value is None or isinstance(value, (bool, int)):
        return
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9:_.+-]{0,64}", value):
        raise ValueError(f"{name}: a job carries ids and codes only")
    try:
        NhsNumber(value)
    except InvalidIdentifier:
        return
    raise ValueError(f"{name}: a job carries no NHS number")
