"""Given a consultation on a Saturday afternoon that ends in a two-week wait, when its practice opens and nobody accepts by noon,
then it goes to a named person, who does it, and the hub reads the receipts (`domain.md` 12.2 A14).

A served hub has the real clock. So the weekend is a past one, gone through by the calls that the screens make, each at its own
time; what people find, and do about it now, they do in browsers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations.operations import AskAnswer, import_protocol, save_outcome
from pcnhub.care.consultations.operations.definitions import put_into_use
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.organisations.models import Account, Organisation
from pcnhub.care.organisations.queries import opening_hours
from pcnhub.care.tasks.jobs import ask_to_look
from pcnhub.care.tasks.operations import TaskRequest, TeamRequest, save_team, send
from pcnhub.care.tasks.rules import TaskPriority, TaskType, accept_by, safety_net_at
from pcnhub.connections.mail.jobs import send_letters
from pcnhub.foundations.kernel.local_time import in_london, london_date, london_instant
from pcnhub.foundations.kernel.opening_hours import OpeningHours
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import World, world
from tests.connections.mail.post_office import PostOffice, post_office
from tests.entrances.client import give_permissions
from tests.evening import notes, outcomes, visitor, waiting
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
URGENT = "two-week-wait"
REFERRAL = "Two-week-wait referral"
LATE = timedelta(minutes=10)


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    for actor in (made.ada, made.bilal, made.carys, made.dilys, made.farah):
        give_permissions(actor)
    for actor in (made.ada, made.bilal, made.farah):  # managers hear of readiness besides
        Account.objects.filter(pk=actor.account_id or 0).update(email=f"{actor.name.split()[0].lower()}@example.nhs.uk")
    Organisation.objects.filter(pk=made.ash.pk).update(email="urgent@example.nhs.uk")
    return made


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as office:
        more = {
            "smtp_host": "127.0.0.1",
            "smtp_port": office.port,
            "smtp_tls": "none",
            "smtp_from": "hub@example.nhs.uk",
        }
        settings.HUB = settings.HUB.model_copy(update=more)
        yield office


def saturday_before(now: datetime, hours: OpeningHours) -> datetime:
    """The newest Saturday, 16:50, of which the time to accept has passed, whatever day and hour it is now."""
    day = london_date(now)
    while day.weekday() != 5 or accept_by(london_instant(day, time(16, 50)), TaskPriority.URGENT, hours) + LATE >= now:
        day -= timedelta(days=1)
    return london_instant(day, time(16, 50))


def prepared(cast: World, at: datetime) -> int:
    """The hub's rule for two-week waits is in force, and Farah leads the practice's team; the team."""
    save_outcome(actor=cast.carys, now=at, code=URGENT, name="Urgent suspected cancer referral")
    rule = next(each for each in shipped() if each.name == URGENT)
    view = import_protocol(actor=cast.carys, now=at, source=rule.source)
    put_into_use(actor=cast.carys, now=at, definition_id=view.id)
    members = frozenset({cast.ada.position_id or 0, cast.farah.position_id or 0})
    wish = TeamRequest("Enhanced Access Team", members=members, lead=cast.farah.position_id)
    return save_team(actor=cast.dilys, now=at, request=wish)


def consulted(cast: World, at: datetime, team: int) -> int:
    """Seen, asked for what the rule asks for, and finished once it is done."""
    booking = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=at)
    begun = consulting.start(actor=cast.bilal, now=at, booking_id=booking)
    written = notes("A lump in the breast.", outcome=URGENT)
    consulting.save_draft(actor=cast.bilal, now=at, consultation_id=begun, revision=0, notes=written)
    told = AskAnswer(URGENT, "safety-net", is_confirmed=True)
    with pytest.raises(InvalidInput) as refused:
        consulting.finish(actor=cast.bilal, now=at, consultation_id=begun, revision=1, answers=(told,))
    assert [each.field for each in refused.value.problems] == ["asked-two-week-wait-refer"]
    wish = TaskRequest(
        to_team_id=team, kind="two-week-wait-referral", priority="urgent", text="Please refer: a lump in the breast.",
        due_on=london_date(at) + timedelta(days=2), idempotency_key="saturday", consultation_id=begun,
    )  # fmt: skip
    send(actor=cast.bilal, now=at, request=wish)
    consulting.finish(actor=cast.bilal, now=at, consultation_id=begun, revision=1, answers=(told,))
    return begun


def said(instant: datetime) -> str:
    return f"{in_london(instant):%-d %b %Y, %H:%M}"


def test_a_two_week_wait_on_a_saturday_is_nobodys_to_forget(
    cast: World, visit: Visit, drain: Callable[..., int], office: PostOffice
) -> None:
    hours = opening_hours(organisation_id=cast.ash.pk)
    saturday = saturday_before(timezone.now(), hours)
    begun = consulted(cast, saturday, prepared(cast, saturday - timedelta(days=9)))
    opens, noon = hours.next_opening(saturday), accept_by(saturday, TaskPriority.URGENT, hours)
    for moment, letters in ((saturday, 1), (opens - timedelta(minutes=1), 1), (opens, 3), (noon, 3)):
        drain(moment)
        send_letters(moment)
        assert len(office.letters) == letters, "the practice's address at once; the team when somebody is there"
    assert sorted(office.to) == ["ada@example.nhs.uk", "farah@example.nhs.uk", "urgent@example.nhs.uk"]
    late = noon + LATE
    ask_to_look(late)  # as each hour
    drain(late)
    send_letters(late)
    assert sorted(office.to[3:]) == ["bilal@example.nhs.uk", "farah@example.nhs.uk"], "whom it goes to, and who sent it"
    whole = "\n".join(office.texts() + [str(each["Subject"]) for each in office.letters])
    assert "carries nothing about any patient" in whole
    assert not any(word in whole for word in ("Jane", "Smith", "9000000009", "lump", "breast", "cancer", "1980"))

    clinician = visit("bilal", scripted=False)
    clinician.visit(f"/consultations/{begun}", "weekend-consultation")
    assert "Told the patient: Your own practice makes this referral." in clinician.page.inner_text("main")
    clinician.visit("/tasks/sent")
    clinician.follow(REFERRAL)
    waits = clinician.check("weekend-late").inner_text("main")
    net = safety_net_at(saturday, TaskType.TWO_WEEK_WAIT, hours)
    assert net is not None
    for words in ("Farah Cast", said(saturday), said(opens), said(noon), said(net)):
        assert words in waits, (words, waits)

    named = visit("farah")
    named.visit("/tasks")
    named.follow(REFERRAL)
    named.check("weekend-escalated")
    named.press("Accept")
    named.press("Start work")
    named.page.get_by_text("Finish it").click()
    named.page.get_by_label("Note to the sender").fill("Referred this morning.")
    named.press("Finish")
    named.check("weekend-done")
    drain()
    clinician.visit("/tasks/sent?show=closed")
    clinician.follow(REFERRAL)
    receipts = clinician.check("weekend-receipts").inner_text("main")
    for words in ("Delivered", "Accepted", "Done", "Referred this morning."):
        assert words in receipts, words
