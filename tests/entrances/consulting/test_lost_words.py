"""A form that arrives without a session: its words are kept for whoever wrote them, and for nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.test import Client
from django.utils import timezone

from pcnhub.care.consultations import jobs, operations, queries
from pcnhub.care.consultations.models import LostWords
from pcnhub.care.consultations.rules.lost_words import MOST, Form
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import CLINICIAN, World, person, system_for, world
from tests.entrances.client import signed_in_as
from tests.evening import SEEN, notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
SECRET, OFFER = "Told nobody yet", "You sent something that was not saved"


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def gwen(cast: World) -> Actor:
    """Another clinician of the same hub."""
    gp = {"role_code": "R8000", "job_category": "General Medical Practitioner", "job_role_code": "R0260"}
    return person("gwen", cast.hub, CLINICIAN, consulter=True, **gp)


@pytest.fixture
def begun(cast: World) -> int:
    now = timezone.now()
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    return operations.start(actor=cast.bilal, now=now, booking_id=waiting(cast, patient, at=now))


def whose(client: Client, address: str) -> str:
    found = re.search(r'name="whose" value="([^"]+)"', client.get(address).content.decode())
    assert found is not None
    return found[1]


def sent(begun: int, token: str, *, client: Client | None = None, page: str = "") -> tuple[int, str]:
    """What a browser whose session is gone gets for the form."""
    words = {"text-history": SECRET, "revision": 0, "action": "save", "whose": token, "reason": "It was wrong"}
    answer = (client or Client()).post(f"/consultations/{begun}{page}", words)
    return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()


def kept(actor: Actor) -> int:
    with unit_of_work(actor):
        return LostWords.objects.count()


def test_the_words_come_back_to_their_writer_and_are_gone_once_they_have(cast: World, gwen: Actor, begun: int) -> None:
    bilal, here = signed_in_as(cast.bilal), f"/consultations/{begun}"
    status, way = sent(begun, whose(bilal, here))
    assert (status, way.split("?")[0], "kept=yes" in way, SECRET in way) == (302, "/sign-in", True, False)
    assert "It is kept for an hour" in Client().get(way).content.decode()
    with unit_of_work(system_for(cast.hub)):
        assert SECRET.encode() not in bytes(LostWords.objects.get().sealed)
        assert AuditEvent.objects.get(action="consultations.words-kept").user == "system:door"
    page = bilal.get(here).content.decode()
    assert (OFFER in page, SECRET in page) == (True, False)

    for stranger, answers in ((gwen, (200, 404)), (cast.charlie, (404, 404)), (cast.farah, (404, 404))):
        client = signed_in_as(stranger)
        assert client.get(here).status_code == answers[0]
        assert OFFER not in client.get(here).content.decode()
        assert client.post(f"{here}/lost-words", {"action": "put-back"}).status_code == answers[1]
        assert kept(stranger) == 0, "nor by a statement of their own"
    for writer in (gwen, cast.bilal):  # nor does anybody put words there: the hub's system alone does
        with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(writer):
            LostWords.objects.create(
                organisation=cast.hub, account_id=cast.bilal.account_id or 0, consultation_id=begun, form=Form.DRAFT,
                sealed=b"Not theirs", kept_at=timezone.now(),
            )  # fmt: skip
    assert kept(cast.bilal) == 1

    back = bilal.post(f"{here}/lost-words", {"action": "put-back"}).content.decode()
    assert SECRET in back
    assert "is not saved yet" in back
    assert queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun).revision == 0
    assert OFFER not in back
    assert OFFER in bilal.get(here).content.decode(), "a page that was lost on its way, or closed, has lost nothing"
    number = re.search(r'name="put-back" value="(\d+)"', bilal.post(f"{here}/lost-words").content.decode())
    assert number is not None
    words = {"text-history": SECRET, "revision": 0, "action": "save", "put-back": number[1]}
    day = {"follow-up-due-day": "31", "follow-up-due-month": "2", "follow-up-due-year": "2027"}
    assert f'name="put-back" value="{number[1]}"' in bilal.post(here, words | day).content.decode(), "not all is saved"
    assert kept(cast.bilal) == 1
    operations.lost_words_saved(actor=gwen, now=timezone.now(), lost_words_id=int(number[1]))
    assert kept(cast.bilal) == 1, "not by a colleague"
    assert bilal.post(f"{here}/draft", words | {"revision": 1}).status_code == 200
    assert kept(cast.bilal) == 0
    assert bilal.post(f"{here}/lost-words", {"action": "put-back"}).status_code == 404


def test_two_windows_lose_their_session_and_both_forms_are_kept(cast: World, begun: int) -> None:
    bilal, here = signed_in_as(cast.bilal), f"/consultations/{begun}"
    token = whose(bilal, here)
    for text in ("In one window", "In the other", "In one window"):  # sent again, it is no third
        Client().post(here, {"text-history": text, "revision": 0, "action": "save", "whose": token})
    page = bilal.get(here).content.decode()
    numbers = re.findall(r'name="which" value="(\d+)"', page)
    assert (len(numbers), "number 2 of 2" in page) == (2, True)
    texts = [
        bilal.post(f"{here}/lost-words", {"action": "put-back", "which": each}).content.decode() for each in numbers
    ]
    assert ["In one window" in texts[0], "In the other" in texts[1]] == [True, True]
    bilal.post(f"{here}/lost-words", {"action": "throw-away", "which": numbers[0]})
    assert re.findall(r'name="which" value="(\d+)"', bilal.get(here).content.decode()) == numbers[1:]
    for number in range(MOST + 1):
        Client().post(here, {"text-history": f"Number {number}", "revision": 0, "action": "save", "whose": token})
    assert kept(cast.bilal) == MOST


def test_a_position_that_was_changed_in_another_window_loses_no_words(cast: World, begun: int) -> None:
    """Without JavaScript: what is sent meets a consultation that is none at the organisation of the position in use."""
    bilal, here = signed_in_as(cast.bilal), f"/consultations/{begun}"
    token = whose(bilal, here)
    status, page = sent(begun, token, client=signed_in_as(cast.farah))  # at the practice, in the same browser
    assert (status, "What you sent is kept" in page, SECRET in page) == (404, True, False)
    assert kept(cast.farah) == 0
    assert SECRET in bilal.post(f"{here}/lost-words", {"action": "put-back"}).content.decode()
    status, page = sent(begun, "", client=signed_in_as(cast.farah))
    assert (status, "What you sent is kept" in page) == (404, False)


def test_what_is_sent_again_takes_the_place_of_what_was_sent_and_is_thrown_away_by_its_button(
    cast: World, begun: int
) -> None:
    bilal, here = signed_in_as(cast.bilal), f"/consultations/{begun}"
    token = whose(bilal, here)
    for _ in range(2):
        assert sent(begun, token)[0] == 302
    assert kept(cast.bilal) == 1
    assert OFFER not in bilal.post(f"{here}/lost-words", {"action": "throw-away"}, follow=True).content.decode()
    assert kept(cast.bilal) == 0


def test_what_can_not_be_opened_any_more_keeps_nothing_new_from_being_kept(
    cast: World, begun: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret key was replaced, and the former one not named."""
    for number in range(2):
        assert operations.keep_lost_words(
            actor=system_for(cast.hub), now=timezone.now(), account_id=cast.bilal.account_id or 0, consultation_id=begun,
            form=Form.DRAFT, words="x",
        )  # fmt: skip
        monkeypatch.setattr("django.conf.settings.SECRET_KEY", f"another key {number}, as long as it must be at least")
    assert kept(cast.bilal) == 2


def test_after_an_hour_nothing_is_left(cast: World, begun: int) -> None:
    sent(begun, whose(signed_in_as(cast.bilal), f"/consultations/{begun}"))
    later = timezone.now() + timedelta(minutes=61)
    assert queries.lost_words(actor=cast.bilal, now=later, consultation_id=begun) == ()
    with pytest.raises(NotFound):
        operations.put_lost_words_back(actor=cast.bilal, now=later, consultation_id=begun)
    jobs.forget(later - timedelta(minutes=2))
    assert kept(cast.bilal) == 1
    jobs.forget(later)
    assert kept(cast.bilal) == 0


def test_nothing_is_kept_that_does_not_say_by_a_signed_word_whose_it_is(cast: World, begun: int) -> None:
    token = whose(signed_in_as(cast.bilal), f"/consultations/{begun}")
    for wrong in ("", token[:-1], f"A{token[1:]}"):
        assert "kept" not in sent(begun, wrong)[1]
    assert "kept" not in sent(begun + 1, token)[1]
    cast_account = cast.bilal.account_id
    assert cast_account is not None
    with unit_of_work(system_for(cast.outside)):  # another organisation's consultation
        assert not operations.keep_lost_words(
            actor=system_for(cast.outside), now=timezone.now(), account_id=cast_account, consultation_id=begun,
            form=Form.DRAFT, words="x",
        )  # fmt: skip
    assert kept(system_for(cast.hub)) == 0


def test_a_form_from_before_a_new_sign_in_is_refused_and_its_words_are_kept(cast: World, begun: int) -> None:
    old = signed_in_as(cast.bilal)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = old.cookies
    status, page = sent(begun, whose(old, f"/consultations/{begun}"), client=strict)
    assert (status, "kept for you for an hour" in page) == (403, True)
    assert OFFER in old.get(f"/consultations/{begun}").content.decode()


def test_an_amendment_comes_back_with_its_reason(cast: World, begun: int) -> None:
    now = timezone.now()
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    operations.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=1)
    bilal, here = signed_in_as(cast.bilal), f"/consultations/{begun}"
    sent(begun, whose(bilal, f"{here}/amend"), page="/amend")
    assert OFFER in bilal.get(here).content.decode()
    back = bilal.post(f"{here}/lost-words", {"action": "put-back"}).content.decode()
    assert SECRET in back
    assert "It was wrong" in back
    number = re.search(r'name="put-back" value="(\d+)"', back)
    assert number is not None
    changed = {"text-history": SECRET, "outcome": SEEN, "reason": "R", "revision": 1, "action": "amend"}
    bilal.post(f"{here}/amend", changed | {"put-back": number[1]})
    assert kept(cast.bilal) == 0
