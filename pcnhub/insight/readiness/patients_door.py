"""Whether patients can reach their own pages at this hour, asked as one of them would: by the hub's public address, with a link.

The link is none: nobody was given it. What the pages say to it (ask for a date of birth, then refuse) shows that name, proxy,
pages and database answer; nobody's appointment is touched. `domain.md` 12A.3, CHK-63: the way to cancel answers day and night.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import httpx
from django.conf import settings

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.gpconnect.own import where
from pcnhub.connections.probing import Alike, Answers, Plan, Probe
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london

INSTALLATION = "whoever runs this installation"
SECONDS = 5.0
HTTPS = 443
NOBODYS_LINK = "/own/asked-by-readiness-given-to-nobody"
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"')


def plan_63(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
    address, is_set = _address()
    key = f"patients-door {address}"  # after the address was changed, nothing of the former one's answers for it

    def told(state: State, evidence: str, fix: str = "", took: int | None = None) -> Finding:
        return Finding("CHK-63", hub.hub.id, state, evidence, Fix(fix, INSTALLATION) if fix else None, took)

    def tell(answers: Answers) -> Iterable[Finding]:
        answer = answers[key]
        said, took = answer.value, answer.took_ms
        another = "" if is_set else " If patients have another address than staff, set PCNHUB_PUBLIC_ADDRESS to it."
        if said is None:
            again = "See that this machine reaches that address, or look at it from outside."
            yield told(State.UNKNOWN, f"{address} did not answer this machine", again + another, took)
        elif said:
            mend = "See that the proxy in front passes /own on to the hub, and that the address is the hub’s own."
            yield told(State.UNMET, f"{address} {said}", mend + another, took)
        else:
            at = f"{in_london(answer.asked_at or now):%-d %B %Y at %H:%M}"
            evidence = f"On {at} {address} asked a patient for the date of birth, and looked for the link"
            yield told(State.MET, evidence, took=took)

    return Plan(tell, {key: Alike(partial(_as_a_patient, address))})


def _address() -> tuple[str, bool]:
    """What patients' links begin with, and whether it is set: else it is the address at which staff work."""
    hub: Any = settings.HUB
    if hub.public_address:
        return hub.public_address, True
    if not hub.secure:
        return where(), False
    port = f":{hub.port}" if hub.tls_certificate and hub.port != HTTPS else ""
    return f"https://{hub.allowed_hosts[0]}{port}", False


def _as_a_patient(address: str) -> str | None:
    """What was wrong with the answers; empty when nothing was, None when there was none."""
    try:
        with _client(address) as client:
            asked = client.get(NOBODYS_LINK)
            token = _FORM_TOKEN.search(asked.text)
            if asked.status_code != httpx.codes.OK or token is None:
                return f"has no patients’ pages: it answered {asked.status_code}"
            born = {"day": "1", "month": "1", "year": "1900", "csrfmiddlewaretoken": token[1]}
            refused = client.post("/own", data=born, headers={"Origin": address})
    except httpx.HTTPError:
        return None
    is_right = refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    return "" if is_right else f"could not look for a link: it answered {refused.status_code}"


def _client(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=SECONDS, follow_redirects=True, trust_env=False)


PROBES: dict[str, Probe] = {"CHK-63": Probe(plan_63)}
