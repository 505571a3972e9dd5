"""What only a call shows: servers that do not answer, refuse, answer something else, or are not where the directory has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pcnhub.connections.gpconnect import chain
from pcnhub.insight.readiness import machine, patients_door
from tests.connections.sds import counterpart
from tests.connections.sds.spine import Record
from tests.counterparts.pds import answers, cut, slow
from tests.counterparts.pds_people import outcome
from tests.faults.ready import HUB, Ready
from tests.faults.seeding import Breaks, Red, fault
from tests.faults.services import PARTNER, SHOWN, STATEMENT, Services

INSTALLATION = "whoever runs this installation"
DIRECTORY_KEEPER = "the hub’s configuration manager"
SUPPLIER = "the system supplier"
SHORT = 0.25  # seconds: what is silent is waited for no longer
UNKNOWN: set[str] = set()
"""Kinds of fault of which nobody has said no: silence, and what can't be read."""
_going: list[Services] = []


def services() -> Services:
    return _going[-1]


def run_with(made: Services) -> None:
    _going[:] = [made]


def silence(kind: str, *, over: Iterable[Any] = ((),)) -> Callable[[Breaks], Breaks]:
    """A fault after which nobody knows: not met, and not "no" either."""
    UNKNOWN.add(kind)
    return fault(kind, over=over)


def closed_port() -> int:
    """Where nobody listens, nor will before the fault is over."""
    port: int = services().taken.getsockname()[1]
    return port


def waits_briefly() -> None:
    services().patch.setattr(chain, "LEAST", SHORT)
    services().use(gp_connect_search_seconds=SHORT)


# What is licensed is asked after behind it, and was not: nobody knows whether it is registered.
OWN: Red = {(check, HUB): INSTALLATION for check in ("CHK-03", "CHK-15", "CHK-D7")}


@silence("The hub's own endpoint does not answer in time")
def own_is_silent(ready: Ready) -> Red:
    waits_briefly()
    services().own.is_silent = True
    return OWN


@silence("Nobody listens at the hub's own endpoint")
def own_is_away(ready: Ready) -> Red:
    services().use(port=closed_port())
    return OWN


@fault("The hub's own endpoint does not list the search for slots")
def own_lists_nothing(ready: Ready) -> Red:
    services().own.says(200, {"resourceType": "CapabilityStatement", "rest": []})
    return OWN


@fault("The hub's own endpoint shows a slot to whoever asks")
def own_shows_all(ready: Ready) -> Red:
    own = services().own
    own.only = chain.SEARCH
    own.says(200, {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in SHOWN]})
    return {("CHK-23", HUB): "the hub’s rota manager"}


@silence("In front of the hub's endpoint stands a page of somebody else's")
def own_is_a_page(ready: Ready) -> Red:
    services().own.says(200, b"<html>Under construction</html>", "text/html")
    return OWN


@fault("The address of patients' links leads to a page of somebody else's")
def pages_of_another(ready: Ready) -> Red:
    services().pages.says(200, b"<html>Under construction</html>", "text/html")
    return {("CHK-63", HUB): INSTALLATION}


@silence("The address of patients' links does not answer in time")
def pages_are_silent(ready: Ready) -> Red:
    services().patch.setattr(patients_door, "SECONDS", SHORT)
    services().pages.is_silent = True
    return {("CHK-63", HUB): INSTALLATION}


@silence("A partner's endpoint does not answer in time")
def partner_is_silent(ready: Ready) -> Red:
    waits_briefly()
    services().own.says(200, STATEMENT)
    services().partner.is_silent = True
    return {("CHK-D7", HUB): ""}  # on a busy machine our own may be too slow for so short a time, and is named first


@fault("A partner's endpoint refuses")
def partner_refuses(ready: Ready) -> Red:
    services().partner.says(403, outcome("ACCESS_DENIED", issue="forbidden", diagnostics="Not for you"))
    return {("CHK-D7", HUB): DIRECTORY_KEEPER}


@fault("A partner's endpoint stands elsewhere in the national directory")
def partner_elsewhere(ready: Ready) -> Red:
    moved(PARTNER)
    return {("CHK-D7", HUB): DIRECTORY_KEEPER}


def moved(ods_code: str) -> None:
    """The organisation's records name another address."""
    sds = services().sds
    elsewhere = ("nhsMHSEndPoint", f"https://new.example/{ods_code}/STU3/1/gpconnect")

    def there(each: Record) -> Record:
        lines = tuple(elsewhere if line[0] == elsewhere[0] else line for line in each.attributes)
        return replace(each, attributes=lines)

    sds.records = tuple(there(each) if ("nhsIDCode", ods_code) in each.attributes else each for each in sds.records)


@fault("The hub has no entry in the national directory")
def no_entry(ready: Ready) -> Red:
    sds = services().sds
    sds.records = tuple(each for each in sds.records if ("nhsIDCode", HUB) not in each.attributes)
    return {("CHK-03", HUB): SUPPLIER}


@silence("The national directory does not answer in time")
def directory_is_silent(ready: Ready) -> Red:
    services().use(sds_seconds=SHORT)
    sds, over = services().sds, services().own.over
    sds.instead = [lambda: (over.wait(20), counterpart.outcome(504, "timeout", "x"))[1]] * 40
    return {("CHK-03", HUB): INSTALLATION, ("CHK-D7", HUB): DIRECTORY_KEEPER}


@fault("A certificate ends in ten days")
def certificate_ends(ready: Ready) -> Red:
    services().use(sds_ldap_certificate=services().certificate(10))
    return {("CHK-D9", HUB): INSTALLATION}


@fault("A certificate ended yesterday")
def certificate_ended(ready: Ready) -> Red:
    services().use(sds_ldap_certificate=services().certificate(-1))
    return {("CHK-D9", HUB): INSTALLATION}


@fault("This machine's clock is three minutes slow")
def clock_is_off(ready: Ready) -> Red:
    right = machine._clock
    services().patch.setattr(machine, "_clock", lambda: right() - timedelta(minutes=3))
    return {("CHK-D8", HUB): INSTALLATION}


@silence("The mail system is away")
def no_mail(ready: Ready) -> Red:
    services().use(smtp_port=closed_port())
    return {("CHK-D5", HUB): INSTALLATION}


@silence("The mail system says nothing")
def mail_is_silent(ready: Ready) -> Red:
    services().use(smtp_port=services().silent_port, smtp_seconds=SHORT)
    return {("CHK-D5", HUB): INSTALLATION}


@fault("The mail system offers no encryption")
def mail_is_open(ready: Ready) -> Red:
    services().use(smtp_tls="starttls")
    return {("CHK-D5", HUB): INSTALLATION}


@fault("The message exchange refuses the handshake")
def handshake_refused(ready: Ready) -> Red:
    services().exchange.says(403, {"errorDescription": "Mailbox not authorised"}, "application/json")
    return {("CHK-D6", HUB): INSTALLATION}


@silence("The message exchange does not answer in time")
def exchange_is_silent(ready: Ready) -> Red:
    services().use(mesh_seconds=SHORT)
    services().exchange.is_silent = True
    return {("CHK-D6", HUB): INSTALLATION}


@fault("The demographics service refuses this installation")
def demographics_refuse(ready: Ready) -> Red:
    services().pds.faults = [answers(403, outcome("ACCESS_DENIED", issue="forbidden", diagnostics="Not enabled"))] * 9
    return {("CHK-D11", HUB): INSTALLATION}


@fault("The demographics service does not know the test patient")
def no_test_patient(ready: Ready) -> Red:
    services().pds.people.clear()
    return {("CHK-D11", HUB): INSTALLATION}


@silence("The demographics service hangs up")
def demographics_hang_up(ready: Ready) -> Red:
    services().pds.faults = [cut] * 9
    return {("CHK-D11", HUB): INSTALLATION}


@silence("The demographics service does not answer in time")
def demographics_are_silent(ready: Ready) -> Red:
    services().use(pds_seconds=SHORT)
    services().pds.faults = [slow(1)] * 9
    return {("CHK-D11", HUB): INSTALLATION}
