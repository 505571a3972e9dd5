"""What is measured on: the demo's network, and neighbours whose slots lie in the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from django.test import override_settings

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments.queries import slots_of_session
from pcnhub.care.appointments.rules.details import SessionDetails, SlotTypeDetails
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients.queries import find_patients
from pcnhub.demo import build, network
from pcnhub.demo.people import nhs_numbers
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.onboarding.operations import onboard
from pcnhub.onboarding.shapes import OnboardingFile

PRACTICES_THAT_BOOK = ("A99801", "A99802", "A99804", "A99805")  # Cedar House has not subscribed
_RECEPTION = {"A99801": "ada", "A99802": "birch-reception", "A99804": "dale-reception", "A99805": "elm-reception"}
# A proper hash takes a tenth of a second, and nobody signs in at a neighbour's.
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_LONGEST_DAY = (time(8), time(18))
_BEYOND_THE_SEARCH = 15  # days: bookings must not change what the search finds


def receptionist(ods: str, now: datetime) -> Actor:
    return build.person(_RECEPTION[ods], now)


def neighbour(number: int, now: datetime) -> str:
    """A network like the demo's beside it, with one practice and a busy hub; its practice's ODS code."""
    today = london_date(now)
    hub, practice, net = f"Y97{number:03}", f"A97{number:03}", f"U97{number:03}"
    codes = {network.HUB: hub, network.NETWORK: net, "A99801": practice, network.GROUP: f"Neighbour {number} booking"}
    content = network.onboarding_file(today).model_dump(exclude_unset=True)
    content |= {"agreements": [], "teams": []}
    content["network"]["members"] = content["network"]["members"][:1]
    content["organisations"] = [
        one for one in content["organisations"] if one["ods"] in (network.HUB, "A99801", network.ICB)
    ]
    content["groups"] = content["groups"][:1]
    content["groups"][0]["members"] = [network.HUB, "A99801"]
    content["people"] = [one for one in content["people"] if one["username"] in ("carys", "bilal")]
    for person in content["people"]:
        person.pop("sds_user_id", None)  # whose it is works at the demo's hub
        person |= {
            "smartcard_uid": f"{person['smartcard_uid']}-{number}",
            "username": _renamed(person["username"], number),
        }
    # five long sessions a week: as many slots as a busy hub has, made in a third of the time
    evenings = [one for one in content["session_templates"] if one["name"].startswith("EA GP evening")]
    content["session_templates"] = [
        one | {"holder": _renamed("bilal", number), "starts_at": time(9), "ends_at": time(20)} for one in evenings
    ]
    with override_settings(PASSWORD_HASHERS=QUICK):
        onboard(content=OnboardingFile.model_validate(replaced(content, codes)), now=now)
    manager = build.person(_renamed("carys", number), now)
    appointments.make_sessions(actor=manager, now=now, hub_id=manager.organisation.id, until=today + build.HORIZON)
    return practice


def spare_slots(now: datetime, *, least: int) -> list[int]:
    """Free five-minute slots of the demo's hub, open to its practices, after the fortnight that the search looks at."""
    carys = build.person("carys", now)
    hub_id = carys.organisation.id
    kind = appointments.save_slot_type(
        actor=carys,
        now=now,
        details=SlotTypeDetails(
            name="Measured", minutes=5, mode="Face to Face (Surgery)", service_setting="Extended Access Provision",
            context_type="Care related encounter", national_category="General Consultation Routine",
        ),
    )  # fmt: skip
    details = SessionDetails(
        name="EA measured - practice booking",
        slot_type_id=kind,
        holder_id=build.person("bilal", now).position_id,
        site_id=organisations.sites_of(organisation_id=hub_id)[0].id,
        delivery_channel="In-person",
        practitioner_role="R0260",
        group_ids=frozenset(
            group.id for group in organisations.groups_of(owner_id=hub_id) if group.name == network.GROUP
        ),
        counts_to_enhanced_access=False,
    )
    found: list[int] = []
    day = london_date(now) + timedelta(days=_BEYOND_THE_SEARCH)
    while len(found) < least:
        day += timedelta(days=1)
        if day.isoweekday() > 5:
            continue
        start, end = _LONGEST_DAY
        made = appointments.make_session(actor=carys, now=now, day=day, starts_at=start, ends_at=end, details=details)
        appointments.publish_session(actor=carys, now=now, session_id=made)
        found += [slot.id for slot in slots_of_session(session_id=made)]
    return found


def patients_of(actor: Actor, now: datetime, *, most: int) -> Iterator[int]:
    """Patients of the actor's practice who may be booked, found by their NHS numbers as the demo gives them out."""
    first = 100_000 * int(actor.organisation.ods_code[-1])
    numbers = islice(
        nhs_numbers(first=first), 10, network.PATIENTS_A_PRACTICE
    )  # the first few are protected, or said no
    for number in islice(numbers, most):
        found = find_patients(actor=actor, now=now, text=number).items
        if not found:
            raise LookupError(f"The demo has too few patients at {actor.organisation.name}")
        yield found[0].id


def _renamed(username: str, number: int) -> str:
    return f"n{number}-{username}"


def replaced(value: Any, codes: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: replaced(inner, codes) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, codes) for inner in value]
    return codes.get(value, value) if isinstance(value, str) else value
