"""A network of ten practices, onboarded from the demo's file twice over, with every side of every agreement active."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from django.test import override_settings

from pcnhub.care.appointments import operations as appointments
from pcnhub.demo import build, network
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.onboarding.operations import onboard
from pcnhub.onboarding.shapes import OnboardingFile
from tests.bench.networks import QUICK, replaced

HUB, PRACTICES = "Y96000", tuple(f"A9600{number}" for number in range(10))


def onboarded(bare: psycopg.Connection, now: datetime) -> int:
    """The hub's id. Its sessions are four weeks of the demo's."""
    today = london_date(now)
    whole = network.onboarding_file(today).model_dump(exclude_unset=True)
    with override_settings(PASSWORD_HASHERS=QUICK):
        onboard(content=OnboardingFile.model_validate(_content(whole)), now=now)
    manager = build.person("ten-carys", now)
    hub_id = manager.organisation.id
    appointments.make_sessions(actor=manager, now=now, hub_id=hub_id, until=today + build.HORIZON)
    # twenty managers would sign seventy times; what readiness reads is the same
    bare.execute(
        "update sharing_party set state = 'active', terms_accepted = a.terms_version from sharing_agreement a "
        "where a.id = agreement_id and a.hub_id = %s and a.kind <> 'remote-consultations'", [hub_id],
    )  # fmt: skip
    bare.execute(
        "update organisations_groupmember set subscribed_at = %s, subscribed_by = 'bench' where group_id in "
        "(select id from organisations_organisationgroup where owner_id = %s)", [now, hub_id],
    )  # fmt: skip
    return hub_id


def _content(whole: dict[str, Any]) -> dict[str, Any]:
    names = {
        network.HUB: HUB, network.NETWORK: "U96000", network.GROUP: "Ten practices booking",
        network.GROUP_111: "Ten practices 111",
    }  # fmt: skip
    hub_people = [each for each in whole["people"] if each["positions"][0]["organisation"] == network.HUB]
    names |= {each["username"]: f"ten-{each['username']}" for each in hub_people}
    content = whole | {
        "network": whole["network"] | {"members": []},
        "organisations": [each for each in whole["organisations"] if each["ods"] not in network.PRACTICES],
        "groups": [
            each | {"members": [one for one in each["members"] if one not in network.PRACTICES]}
            for each in whole["groups"]
        ],
        "people": hub_people,
        "teams": [each for each in whole["teams"] if each["organisation"] == network.HUB],
        "session_templates": [{**each, "quotas": []} for each in whole["session_templates"]],
    }
    content = dict(replaced(content, names))
    for place, ods in enumerate(PRACTICES):
        like = list(network.PRACTICES)[place % len(network.PRACTICES)]
        people = [each for each in whole["people"] if each["positions"][0]["organisation"] == like]
        same = {like: ods} | {each["username"]: f"ten{place}-{each['username']}" for each in people}
        content["network"]["members"] += replaced([_of(whole["network"]["members"], like)], same)
        content["organisations"] += replaced([_of(whole["organisations"], like)], same)
        content["people"] += replaced(people, same)
        content["teams"] += replaced([each for each in whole["teams"] if each["organisation"] == like], same)
        content["groups"][0]["members"].append(ods)
    for each in content["people"]:
        each.pop("sds_user_id", None)
        each["smartcard_uid"] = f"TEN-{each['username'].upper()}"
    return content


def _of(entries: list[dict[str, Any]], ods: str) -> dict[str, Any]:
    return next(each for each in entries if each["ods"] == ods)
