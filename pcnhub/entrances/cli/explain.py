"""`pcnhub explain`: why can't they see this slot?"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.care.appointments.queries import Explanation
    from pcnhub.foundations.kernel.actors import Actor


def _ods_code(context: click.Context, parameter: click.Parameter, typed: str) -> str:
    from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, OdsCode

    try:
        return OdsCode(typed) if typed else ""
    except InvalidIdentifier:
        raise click.BadParameter(
            f"{typed!r} is not an ODS code: it has three to eight letters and digits, such as A81001."
        ) from None


@click.command("explain", cls=HubCommand)
@click.option("--slot", "slot_id", type=int, required=True, metavar="ID", help="Number of the slot (session page).")
@click.option(
    "--as",
    "ods_code",
    default="",
    metavar="ODS",
    callback=_ods_code,
    help="Organisation that looks; none: nobody in particular.",
)
@click.option("--type", "organisation_type", default="", metavar="TYPE", help="GP Connect type sent: gp-practice, ...")
@click.option(
    "--route",
    type=click.Choice(["staff", "gp-connect", "patient"]),
    default="gp-connect",
    show_default=True,
    help="The pages here, GP Connect, or a patient by a link of their own that the organisation gave.",
)
@click.option("--user", "username", default="", metavar="NAME", help="Who looks, by user name; with --route staff.")
@click.option(
    "--patient",
    "patient",
    default="",
    metavar="ID|ask",
    help="Whom it would be booked for: the hub's number of the patient, or ask: the NHS number is then asked for, or read as one "
    "line from standard input. Never give it as an argument: those are seen and kept.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def command(
    slot_id: int, ods_code: str, organisation_type: str, route: str, username: str, patient: str, as_json: bool
) -> None:
    """Say whether an organisation sees a slot and can book it now (with --patient: for that person), or every reason why not,
    with what to do and who can.

    Exit 0: it is seen; 1: it is not, or there is no such slot or patient.
    """
    from django.utils import timezone

    from pcnhub.care.appointments.queries import consumer_of, explain, find_slot
    from pcnhub.care.appointments.rules.visibility import Route
    from pcnhub.care.appointments.rules.words import warning_of_type
    from pcnhub.care.organisations.queries import system_actor_for

    if username and route != "staff":
        raise click.UsageError("--user goes with --route staff: over GP Connect the other system knows its own people.")
    now = timezone.now()
    if warning := warning_of_type(organisation_type):
        click.echo(warning, err=True)
    slot = find_slot(slot_id=slot_id)
    if slot is None:
        raise click.ClickException(f"There is no slot {slot_id}. Its number is on the page of its session.")
    consumer = consumer_of(
        ods_code=ods_code or None,
        organisation_type=organisation_type,
        route=Route(route),
        hub_id=slot.hub_id,
        now=now,
        username=username,
    )
    actor = system_actor_for(organisation_id=slot.hub_id, name="command")
    patient_id = _patient_id(actor, patient) if patient else None
    explained = explain(actor=actor, now=now, slot_id=slot_id, consumer=consumer, patient_id=patient_id)
    if as_json:
        click.echo(json.dumps(_document(explained), indent=2, ensure_ascii=False))
    else:
        _say(explained)
    click.get_current_context().exit(0 if explained.is_visible else 1)


def _patient_id(actor: Actor, given: str) -> int:
    """The hub's row. Nothing of what was typed is said again, and a protected patient is as unknown here as nobody."""
    from pcnhub.care.patients.queries import own_registration, registration_with
    from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
    from pcnhub.foundations.kernel.refusals import NotFound

    found = None
    if given == "ask":
        try:
            found = registration_with(actor=actor, nhs_number=NhsNumber(_asked_number()))
        except InvalidIdentifier:
            raise click.ClickException(
                "That is not an NHS number: it has ten digits, the last of which checks."
            ) from None
    elif given.isascii() and given.isdecimal() and len(given) < 10:
        with suppress(NotFound):
            found = own_registration(actor=actor, patient_id=int(given))
    else:
        raise click.UsageError(
            "--patient takes the number in the address of the patient's page, or the word ask. An NHS number does not belong "
            "into a command, where others see it: give ask, then type it."
        )
    if found is None or found.is_sensitive:
        raise click.ClickException(
            "There is no such patient at the slot's hub, or none of whom may be told here. The number of a patient is in the "
            "address of their page."
        )
    return found.id


def _asked_number() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("NHS number", hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _say(explained: Explanation) -> None:
    from pcnhub.care.appointments.rules.visibility import moment

    slot, consumer = explained.slot, explained.consumer
    who = consumer.ods_code or "nobody in particular"
    kind = f" ({consumer.organisation_type})" if consumer.organisation_type else ""
    click.echo(f"Slot {slot.id}: {slot.slot_type}, {slot.session}, at {slot.hub} {moment(slot.starts_at)}.")
    if explained.is_visible:
        click.echo(f"{who}{kind} sees it by {consumer.route} and can book it.")
        return
    click.echo(f"{who}{kind} does not see it by {consumer.route}:")
    for number, reason in enumerate(explained.reasons, 1):
        can = f" Who can: {reason.who_can}." if reason.who_can else ""
        click.echo(f"{number}. {reason.message} {reason.remedy}{can} [{reason.code}]")


def _document(explained: Explanation) -> dict[str, object]:
    consumer = explained.consumer
    return {
        "slot": explained.slot.id,
        "starts_at": explained.slot.starts_at.isoformat(),
        "ods_code": consumer.ods_code,
        "organisation_type": consumer.organisation_type,
        "route": consumer.route.value,
        "is_visible": explained.is_visible,
        "reasons": [
            {"code": reason.code, "message": reason.message, "remedy": reason.remedy, "who_can": reason.who_can}
            for reason in explained.reasons
        ],
    }
