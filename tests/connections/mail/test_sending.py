"""Notices to people, letters to a real mail system: each once, none lost, nothing of a patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.organisations.models import Account
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.connections.mail import operations, queue
from pcnhub.connections.mail.checks import chk_d5
from pcnhub.connections.mail.client import NotTaken, line
from pcnhub.connections.mail.configuration import Configuration
from pcnhub.connections.mail.models import Letter, Notice
from pcnhub.connections.mail.queue import GATHER, Recipient, gather, send_due, write_down
from pcnhub.connections.mail.words import LetterState, NoticeKind, Wish
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, ref, system_for, world
from tests.connections.mail.post_office import PostOffice, post_office

pytestmark = pytest.mark.django_db
LATER = NOW + GATHER


@pytest.fixture
def cast() -> World:
    made = world()
    Account.objects.filter(username__in=["ada", "farah", "dilys"]).update(email="someone@example.nhs.uk")
    return made


@pytest.fixture(scope="module")
def shared_office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def office(shared_office: PostOffice) -> PostOffice:
    fresh = PostOffice(port=shared_office.port)
    vars(shared_office).update(vars(fresh))
    return shared_office


def settings_of(office: PostOffice) -> Configuration:
    return Configuration(
        "127.0.0.1", office.port, "none", "pcn-hub@example.nhs.uk", seconds=5, address="https://hub.example"
    )


def ada(cast: World) -> Recipient:
    return Recipient(ref(cast.ash), cast.ada.account_id)


def told(cast: World, number: int = 1, *, urgent: bool = True, start: int = 1) -> None:
    for about in range(start, start + number):
        kind = NoticeKind.TASK_WAITS
        write_down(now=NOW, to=[ada(cast)], kind=kind, about=about, key=f"waits:{about}", is_urgent=urgent)


def test_the_same_news_is_told_once_and_many_are_one_letter(cast: World, office: PostOffice) -> None:
    told(cast, 3)
    told(cast, 3)
    assert Notice.objects.count() == 3
    assert send_due(now=NOW, wanted=settings_of(office)) == 1
    assert send_due(now=LATER, wanted=settings_of(office)) == 0, "it is sent"
    (letter,) = office.letters
    assert letter["Subject"] == "PCN Hub: 3 things wait at Ash Lane Surgery, 3 urgent"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = office.texts()[0]
    assert "3 tasks wait for your team." in text
    assert "https://hub.example/tasks/2" in text
    for personal in ("Jane", "Smith", "9000000009", "1980"):
        assert personal not in letter.as_string()


def test_what_is_not_urgent_is_gathered_first(cast: World, office: PostOffice) -> None:
    told(cast, 2, urgent=False)
    assert send_due(now=NOW, wanted=settings_of(office)) == 0
    assert send_due(now=LATER, wanted=settings_of(office)) == 1
    assert len(office.letters) == 1


def test_without_a_mail_system_everything_is_kept(cast: World, office: PostOffice) -> None:
    told(cast)
    assert send_due(now=NOW, wanted=replace(settings_of(office), host="")) == 0
    assert not operations.status(actor=cast.dilys).is_set
    assert operations.status(actor=cast.dilys).waiting == 1
    assert operations.status(actor=cast.charlie).waiting == 0, "of one's own organisation only"
    assert send_due(now=NOW + timedelta(days=3), wanted=settings_of(office)) == 1, "once there is one"


def test_a_refused_address_fails_for_good_and_is_tried_again_by_a_person(cast: World, office: PostOffice) -> None:
    office.recipient_answer = "550 no such person"
    told(cast)
    assert send_due(now=NOW, wanted=settings_of(office)) == 0
    (failed,) = operations.status(actor=cast.dilys).failed
    assert (failed.to, failed.attempts) == ("Ada Cast", 1)
    assert "someone@" not in failed.error
    with pytest.raises(NotPermitted):
        operations.retry(actor=cast.ada, now=NOW, letter_id=failed.id)
    with pytest.raises(NotFound):
        operations.retry(actor=cast.charlie, now=NOW, letter_id=failed.id)
    operations.retry(actor=cast.dilys, now=NOW, letter_id=failed.id)
    office.recipient_answer = "250 OK"
    assert send_due(now=NOW, wanted=settings_of(office)) == 1


def test_what_is_no_address_fails_for_good_and_holds_up_nobody(cast: World, office: PostOffice) -> None:
    Account.objects.filter(pk=cast.ada.account_id or 0).update(email="ada@nhs.net;desk@nhs.net")
    told(cast)
    farah = Recipient(ref(cast.ash), cast.farah.account_id)
    write_down(now=NOW, to=[farah], kind=NoticeKind.TASK_WAITS, about=9, key="9", is_urgent=True)
    assert send_due(now=NOW, wanted=settings_of(office)) == 1
    assert Letter.objects.get(state=LetterState.FAILED).error_code == "bad-address"


def test_a_full_mailbox_is_tried_again_later(cast: World, office: PostOffice) -> None:
    office.letter_answer = "452 mailbox full"
    told(cast)
    assert send_due(now=NOW, wanted=settings_of(office)) == 0
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.error_code) == (LetterState.QUEUED, 1, "smtp-452")
    office.letter_answer = "250 OK"
    assert send_due(now=NOW, wanted=settings_of(office)) == 0, "not before its time"
    assert send_due(now=letter.next_try_at, wanted=settings_of(office)) == 1
    assert operations.status(actor=cast.dilys).trouble == ""


def test_a_line_cut_after_the_letter_sends_it_again_under_the_same_id(cast: World, office: PostOffice) -> None:
    """At least once, and said so: whoever reads mail can tell, by its id, that the two are one."""
    office.hangs_up = 1
    told(cast)
    assert send_due(now=NOW, wanted=settings_of(office)) == 0
    assert send_due(now=NOW + timedelta(hours=1), wanted=settings_of(office)) == 1
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_a_slow_or_absent_mail_system_loses_nothing_and_holds_up_one_letter(cast: World, office: PostOffice) -> None:
    told(cast)
    farah = Recipient(ref(cast.ash), cast.farah.account_id)
    write_down(now=NOW, to=[farah], kind=NoticeKind.TASK_WAITS, about=9, key="9", is_urgent=True)
    office.slow = 0.4
    slow = replace(settings_of(office), seconds=0.1)
    assert send_due(now=NOW, wanted=slow) == 0
    assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 1], (
        "the next one isn't tried on a dead line"
    )
    assert Letter.objects.get(attempts=1).error_code == "slow"
    nobody = replace(settings_of(office), port=1)
    assert send_due(now=NOW, wanted=nobody) == 0
    office.slow = 0
    assert send_due(now=NOW + timedelta(hours=1), wanted=settings_of(office)) == 2


def test_given_up_after_days(cast: World, office: PostOffice) -> None:
    told(cast)
    gather(now=NOW)
    Letter.objects.update(attempts=queue.MOST_ATTEMPTS - 1)
    assert send_due(now=NOW, wanted=replace(settings_of(office), port=1)) == 0
    assert Letter.objects.get().state == LetterState.FAILED


def test_without_tls_where_it_is_asked_for_nothing_leaves(cast: World, office: PostOffice) -> None:
    told(cast)
    assert send_due(now=NOW, wanted=replace(settings_of(office), tls="starttls")) == 0
    assert office.letters == []
    assert Letter.objects.get().error_code == "not-supported"
    with pytest.raises(NotTaken), line(replace(settings_of(office), tls="tls")):
        pass


def test_people_choose_and_escalations_always_come(cast: World, office: PostOffice) -> None:
    with pytest.raises(InvalidInput):
        operations.choose(actor=cast.ada, now=NOW, wish="never")
    operations.choose(actor=cast.ada, now=NOW, wish=Wish.URGENT)
    told(cast, urgent=False)
    told(cast, urgent=True, start=5)
    assert send_due(now=LATER, wanted=settings_of(office)) == 1
    assert "tasks/1" not in office.texts()[0]
    operations.choose(actor=cast.ada, now=NOW, wish=Wish.DAILY)
    told(cast, urgent=False, start=7)
    assert send_due(now=NOW + timedelta(hours=9), wanted=settings_of(office)) == 0
    assert send_due(now=NOW + timedelta(hours=23), wanted=settings_of(office)) == 1, "tomorrow, when they open"


def test_who_has_no_address_or_has_left_is_said(cast: World, office: PostOffice) -> None:
    Account.objects.filter(pk=cast.ada.account_id or 0).update(email="")
    told(cast)
    assert send_due(now=NOW, wanted=settings_of(office)) == 0
    assert operations.status(actor=cast.dilys).failed[0].error == "There is no e-mail address to send to."
    assert operations.figures().failed == 1
    Account.objects.filter(pk=cast.ada.account_id or 0).update(is_active=False)
    assert operations.status(actor=cast.dilys).failed == (), "nobody can mend an account that is closed"


def test_the_check_of_e_mail_is_not_red_for_ever_because_somebody_left(
    cast: World, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    carys, hub = Account.objects.filter(username="carys"), network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    assert hub is not None
    monkeypatch.setattr(operations, "configuration", lambda: settings_of(office))
    to = [Recipient(ref(cast.hub), cast.carys.account_id)]
    write_down(now=NOW, to=to, kind=NoticeKind.COPY_NEEDS_PERSON, about=1, key="c", is_urgent=True)
    send_due(now=NOW, wanted=settings_of(office))

    def state() -> State:
        (found,) = chk_d5(actor=system_for(cast.hub), hub=hub, now=NOW)
        return found.state

    assert state() is State.UNMET  # she has no address, and somebody can give her one
    carys.update(is_active=False)
    assert state() is State.MET


def test_one_letter_a_person_in_ten_minutes_and_what_comes_meanwhile_goes_in_the_next(
    cast: World, office: PostOffice
) -> None:
    wanted = settings_of(office)
    told(cast)
    assert send_due(now=NOW, wanted=wanted) == 1
    for number in (1, 5, 9):  # minutes
        told(cast, start=number + 1)
        assert send_due(now=NOW + timedelta(minutes=number), wanted=wanted) == 0
    farah = Recipient(ref(cast.ash), cast.farah.account_id)
    write_down(now=NOW, to=[farah], kind=NoticeKind.TASK_WAITS, about=9, key="9", is_urgent=True)
    assert send_due(now=NOW + timedelta(minutes=9), wanted=wanted) == 1, "another person's is not held up"
    assert send_due(now=LATER, wanted=wanted) == 1
    assert "3 tasks wait for your team." in office.texts()[-1]
    assert len(office.letters) == 3


def test_negative_control_a_queue_that_forgets_what_it_sent_is_found_out(
    cast: World, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(cast)
    gather(now=NOW)
    monkeypatch.setattr(Letter, "save", lambda *_given, **_named: None)
    send_due(now=NOW, wanted=settings_of(office))
    assert len(office.letters) > 1
