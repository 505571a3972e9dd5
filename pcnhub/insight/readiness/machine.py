"""Probes of the machine itself: its clock, the certificates that it lives by, and the worker.

The clock is read here, and nowhere else beneath the entrances: whether it is right is the question.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import connection

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.certificates import ends_at_server, ends_in_file
from pcnhub.connections.gpconnect.directory import endpoints
from pcnhub.connections.probing import Alike, Answers, Plan, Probe
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.queries import workers
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.readiness.rules import Check

INSTALLATION = "whoever runs this installation"
SECONDS = 5.0  # for one server
FURTHEST = timedelta(
    seconds=5
)  # a token of GP Connect lives five minutes; some systems take none from the future at all
SOON = timedelta(days=30)


def plan_d8(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """This machine's clock beside the database's, and beside that of another server that answers (its Date header)."""
    before = _clock()
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    apart = _apart(theirs, before, _clock())
    servers = _servers()

    def told(state: State, evidence: str, took: int | None = None) -> Finding:
        fix = Fix("Have the clock set by a time server (NTP), here and at the database.", INSTALLATION)
        is_open = state in (State.UNMET, State.UNKNOWN)
        return Finding("CHK-D8", hub.hub.id, state, evidence, fix if is_open else None, took)

    def tell(answers: Answers) -> Iterable[Finding]:
        with_database = f"This machine’s clock and the database’s are {_shown(apart)} apart"
        if apart > FURTHEST:
            yield told(State.UNMET, with_database)
            return
        if not servers:
            alone = settings.HUB.embedded
            evidence = f"{with_database}; no other server is set whose clock could be compared"
            yield told(State.NOT_APPLICABLE if alone else State.MET, evidence)
            return
        answer = answers["clock"]
        if answer.value is None:
            yield told(State.UNKNOWN, f"{with_database}; no other server has said its time", answer.took_ms)
            return
        host, seconds = answer.value
        difference = timedelta(seconds=seconds)
        state = State.UNMET if difference > FURTHEST else State.MET
        yield told(state, f"{with_database}; {host}’s is {_shown(difference)} apart", answer.took_ms)

    return Plan(tell, {"clock": Alike(lambda: _first_date(servers))} if servers else {})


def _clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _servers() -> tuple[str, ...]:
    hub: Any = settings.HUB
    return tuple(filter(None, (hub.sds_url, hub.pds_address, hub.mesh_url, hub.gp_connect_spine_proxy)))


def _first_date(servers: Iterable[str]) -> tuple[str, float] | None:
    """Of the first that answers anything at all (even a refusal has its time): its name, and by how many seconds it differs."""
    for address in servers:
        began = _clock()
        try:
            # of the head alone: whatever comes after it, and however slowly, is not waited for
            with httpx.stream("GET", address, timeout=SECONDS, follow_redirects=False, trust_env=False) as answer:
                said = email.utils.parsedate_to_datetime(answer.headers["Date"])
        except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
            continue
        said = said.replace(tzinfo=said.tzinfo or UTC) + timedelta(milliseconds=500)  # it counts whole seconds
        return urlsplit(address).hostname or "", _apart(said, began, _clock()).total_seconds()
    return None


def _apart(theirs: datetime, before: datetime, after: datetime) -> timedelta:
    """By how much two clocks differ for certain: a slow answer says when it was only so well."""
    half = (after - before) / 2
    return max(timedelta(), abs(theirs - (before + half)) - half)


def _shown(difference: timedelta) -> str:
    return f"{difference.total_seconds():.1f} seconds"


def plan_d9(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """What this installation shows others, what its own front shows, and what those show that it calls."""
    at_servers = _shown_by(actor)
    settings_of_hub: Any = settings.HUB
    certificate = settings_of_hub.gp_connect_client_certificate, settings_of_hub.gp_connect_client_key
    calls: dict[str, Callable[[], dict[str, str]]] = {}
    names: dict[str, str] = {}
    for name, path in _files():
        names[name], calls[name] = name, partial(_ends, partial(ends_in_file, path))
    for name, address in at_servers:
        at = partial(ends_at_server, address, certificate=certificate[0], key=certificate[1], seconds=SECONDS)
        names[f"certificate {address}"] = name
        calls[f"certificate {address}"] = Alike(partial(_ends, at))

    def tell(answers: Answers) -> Iterable[Finding]:
        if not calls:
            yield Finding("CHK-D9", hub.hub.id, State.NOT_APPLICABLE, "No certificate is used here")
            return
        ends: dict[str, datetime] = {}
        for key, name in names.items():
            answer = answers[key]
            heard: dict[str, str] = answer.value or {}
            if "ends" in heard:
                ends[name] = datetime.fromisoformat(heard["ends"])
                continue
            fix = Fix("Look whether the file or the server is there.", INSTALLATION)
            evidence = f"{name}: could not be looked at ({heard.get('wrong', 'no answer in time')})"
            yield Finding("CHK-D9", hub.hub.id, State.UNKNOWN, evidence, fix, answer.took_ms)
        for name, at in ends.items():
            if at - now < SOON:
                fix = Fix("Renew it, and put it in its place before that day.", INSTALLATION)
                verb = "ended" if at <= now else "ends"
                yield Finding("CHK-D9", hub.hub.id, State.UNMET, f"{name} {verb} on {in_london(at):%-d %B %Y}", fix)
        if ends:
            name, at = min(ends.items(), key=lambda each: each[1])
            evidence = f"{len(ends)} looked at; the first to end is {name}, on {in_london(at):%-d %B %Y}"
            yield Finding("CHK-D9", hub.hub.id, State.MET, evidence)

    return Plan(tell, calls)


def _files() -> list[tuple[str, Path]]:
    """What this installation shows others (mutual TLS), and what its own server shows."""
    hub: Any = settings.HUB
    named = (
        ("the certificate shown over GP Connect", hub.gp_connect_client_certificate),
        ("the certificate shown to the message exchange", hub.mesh_certificate),
        ("the certificate shown to the national directory", hub.sds_ldap_certificate),
        ("the certificate of this hub’s own server", hub.tls_certificate),
    )
    return [(name, path) for name, path in named if path is not None]


def _shown_by(actor: Actor) -> list[tuple[str, str]]:
    """By whom that is called, each server once. Behind the Spine proxy no other is reached."""
    hub: Any = settings.HUB
    found: dict[str, str] = {}
    if hub.secure and not hub.tls_certificate:
        found[hub.public_address or f"https://{hub.allowed_hosts[0]}"] = "this hub’s own address"
    if hub.gp_connect_spine_proxy:
        found[hub.gp_connect_spine_proxy] = "the Spine proxy"
    else:
        with unit_of_work(actor):
            lines = endpoints(actor=actor, active_only=True)
        for line in lines:
            parts = urlsplit(line.facts.service_root)
            if parts.scheme == "https":
                found.setdefault(f"https://{parts.netloc}", f"the endpoint of {line.facts.name} ({parts.netloc})")
    return [(name, address) for address, name in found.items()]


def _ends(look: Callable[[], datetime]) -> dict[str, str]:
    try:
        return {"ends": look().isoformat()}
    except (OSError, ValueError) as wrong:
        return {"wrong": type(wrong).__name__}


def chk_d10(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A worker has given a sign of life within a minute. The tables answer, for each worker writes it there; so whoever looks
    asks anew: were it asked by the worker alone, as real calls are, its last word would always be that it lives."""
    alive = [worker for worker in workers(now=now) if worker.is_alive]
    if alive:
        evidence = f"{len(alive)} at work; the last sign of life at {in_london(alive[0].beat_at):%H:%M:%S}"
        return [Finding("CHK-D10", hub.hub.id, State.MET, evidence)]
    fix = Fix("Start `pcnhub worker`, and see that it is started with the machine.", INSTALLATION)
    return [Finding("CHK-D10", hub.hub.id, State.UNMET, "No worker has given a sign of life within a minute", fix)]


def plan_d10(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    """For `pcnhub probe`, which asks everything that the machine lives by."""
    found = list(chk_d10(actor=actor, hub=hub, now=now))
    return Plan(lambda _: found)


CHECKS: dict[str, Check] = {"CHK-D10": chk_d10}
PROBES: dict[str, Probe] = {"CHK-D8": Probe(plan_d8), "CHK-D9": Probe(plan_d9), "CHK-D10": Probe(plan_d10)}
