"""What goes wrong between the hub and the national service: silence, pauses, broken connections, nonsense, a refused token."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from pcnhub.connections.pds import client, demographics, journal, pacing
from pcnhub.connections.pds.refusals import Busy, NoAnswer, NotAnswered, SaidNo, Unclear
from pcnhub.connections.pds.tracing import trace
from pcnhub.connections.pds.words import Held, Outcome, Patience
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, system_actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World
from tests.counterparts.pds import (
    API_KEY,
    KEY_ID,
    Counterpart,
    Fault,
    answers,
    cut,
    drop_by_drop,
    slow,
    too_many_requests,
)
from tests.counterparts.pds_people import number, outcome, person

pytestmark = pytest.mark.django_db
ANN = number(701)


@pytest.fixture
def there(service: Counterpart) -> Counterpart:
    service.has(person(ANN, "Lee", "Ann", "1971-06-05"))
    return service


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long would have been slept: pauses pass at once."""
    seconds: list[float] = []
    monkeypatch.setattr(pacing, "sleep", seconds.append)
    return seconds


@pytest.fixture
def impatient(there: Counterpart, settings: Any) -> None:
    settings.HUB = settings.HUB.model_copy(update={"pds_seconds": 0.3})


def read(actor: Actor, patience: Patience = Patience.PERSON) -> Held | None:
    return demographics.read(actor=actor, now=NOW, nhs_number=NhsNumber(ANN), patience=patience)


LATE: dict[str, Fault] = {"slow": slow(0.6), "drop by drop": drop_by_drop(0.8)}
FAULTS: dict[str, tuple[Fault, type[NotAnswered]]] = {
    "cut": (cut, NoAnswer),
    "408": (answers(408, outcome("UNABLE_TO_CALL_SERVICE")), NoAnswer),
    "500": (answers(500, b"<html>oh</html>"), NoAnswer),
    "503": (answers(503, b""), NoAnswer),
    "html": (answers(200, b"<html>Welcome</html>"), Unclear),
    "empty": (answers(200, b""), Unclear),
    "not FHIR": (answers(200, {"hello": "world"}), Unclear),
    "another resource": (answers(200, {"resourceType": "Practitioner", "id": ANN}), Unclear),
    "wrong types": (answers(200, {"resourceType": "Patient", "id": ANN, "name": "Lee"}), Unclear),
    "no number": (answers(200, {"resourceType": "Patient", "id": "9999999990"}), Unclear),
    "too deep": (answers(200, b"[" * 100_000), Unclear),
    "too long": (answers(200, b" " * (client.LARGEST + 1)), Unclear),
    "moved": (answers(302, b""), Unclear),
    "nameless refusal": (answers(404, b"<html>no such page</html>"), Unclear),
    "429": (too_many_requests("1"), Busy),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_person_is_told_at_once_and_nothing_is_guessed(asker: Actor, there: Counterpart, name: str) -> None:
    fault, refusal = FAULTS[name]
    there.faults = [fault]
    with pytest.raises(refusal) as told:
        read(asker)
    assert type(told.value) is refusal
    assert told.value.try_again
    assert told.value.remedy
    assert len(there.asked) == 1


@pytest.mark.parametrize("name", LATE)
def test_nobody_waits_longer_than_is_set(asker: Actor, there: Counterpart, impatient: None, name: str) -> None:
    """Nor where no single wait is long."""
    there.faults = [LATE[name]]
    with pytest.raises(NoAnswer) as told:
        read(asker)
    assert "within 0.3 seconds" in told.value.message


@pytest.mark.parametrize("name", ["cut", "503", "429"])
def test_a_batch_sends_again_what_got_no_answer(
    asker: Actor, there: Counterpart, slept: list[float], name: str
) -> None:
    """With the same X-Request-ID, by which the service knows a repetition."""
    there.faults = [FAULTS[name][0]]
    assert read(asker, Patience.BATCH) is not None
    first, second = (each.headers["x-request-id"] for each in there.asked)
    assert first == second
    assert max(slept) > 0.5


def test_a_batch_gives_up_in_the_end(asker: Actor, there: Counterpart, slept: list[float]) -> None:
    there.faults = [FAULTS["503"][0]] * 10
    with pytest.raises(NoAnswer):
        read(asker, Patience.BATCH)
    assert len(there.asked) == client.MOST_ATTEMPTS


def test_nonsense_is_not_asked_for_twice(asker: Actor, there: Counterpart) -> None:
    there.faults = [FAULTS["html"][0]]
    with pytest.raises(Unclear):
        read(asker, Patience.BATCH)
    assert len(there.asked) == 1


def test_nobody_there(asker: Actor, there: Counterpart, settings: Any) -> None:
    settings.HUB = settings.HUB.model_copy(update={"pds_address": "http://127.0.0.1:9"})
    with pytest.raises(NoAnswer):
        read(asker)


def test_a_trace_says_that_nobody_could_be_asked(asker: Actor, there: Counterpart) -> None:
    there.faults = [cut]
    found = trace(
        actor=asker, now=NOW, nhs_number=NhsNumber(ANN), birth_date=NOW.date(), family_name="Lee", given_name="Ann"
    )
    assert found.outcome is Outcome.UNAVAILABLE


# 429: everybody waits


def test_a_pause_that_is_asked_for_holds_everybody(asker: Actor, there: Counterpart, slept: list[float]) -> None:
    there.faults = [too_many_requests("30")]
    with pytest.raises(Busy) as told:
        read(asker)
    assert told.value.seconds == 30
    with pytest.raises(Busy) as next_one:  # at once, and without a request
        read(system_actor(name="another", organisation=asker.organisation))
    assert 28 < next_one.value.seconds <= 30.1
    assert len(there.asked) == 1
    assert read(asker, Patience.BATCH) is not None  # a batch waits for it
    assert 28 < max(slept) <= 30.1


def test_a_pause_longer_than_a_batch_waits_is_for_later(asker: Actor, there: Counterpart, slept: list[float]) -> None:
    there.faults = [too_many_requests("1000")]
    with pytest.raises(Busy):
        read(asker, Patience.BATCH)
    assert len(there.asked) == 1
    assert not any(seconds > 1 for seconds in slept)


@pytest.mark.parametrize(
    ("retry_after", "date", "seconds"),
    [
        ("7", "", 7.0),
        ("0.5", "", 0.5),
        ("-3", "", 0.0),
        ("", "", client.PAUSE),
        ("soon", "", client.PAUSE),
        ("Mon, 23 Nov 2026 09:00:20 GMT", "Mon, 23 Nov 2026 09:00:00 GMT", 20.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", "Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 09:00:20 GMT", "", client.PAUSE),
    ],
)
def test_how_long_a_pause_is(retry_after: str, date: str, seconds: float) -> None:
    import httpx

    headers = {"Retry-After": retry_after} | ({"Date": date} if date else {})
    assert client._pause(httpx.Headers(headers)) == seconds


# The journal


def lines(actor: Actor) -> list[dict[str, Any]]:
    with unit_of_work(actor), connection.cursor() as cursor:
        cursor.execute("select * from pds_request order by id")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_each_request_leaves_ids_and_hashes(asker: Actor, there: Counterpart, slept: list[float]) -> None:
    there.faults = [too_many_requests("1")]
    read(asker, Patience.BATCH)
    read(asker)
    first, again, other = lines(asker)
    assert str(first["request_id"]) == there.asked[0].headers["x-request-id"]
    assert first["request_id"] == again["request_id"] != other["request_id"]
    assert [(line["attempt"], line["http_status"], line["outcome"], line["outcome_codes"]) for line in (first, again)] == [
        (1, 429, "busy", ["TOO_MANY_REQUESTS"]), (2, 200, "answered", []),
    ]  # fmt: skip
    assert first["patient_hash"] == other["patient_hash"] == journal.keyed_hash(ANN)
    assert (first["environment"], first["operation"], first["user"]) == ("int", "read", asker.user)
    assert not any(word in str(line) for line in (first, again, other) for word in (ANN, "Lee", "1971"))


def test_a_request_without_an_answer_stands_there_too(asker: Actor, there: Counterpart, impatient: None) -> None:
    there.faults = [slow(0.6)]
    with pytest.raises(NoAnswer):
        read(asker)
    [line] = lines(asker)
    assert (line["http_status"], line["outcome"]) == (None, "no-answer")
    assert line["milliseconds"] >= 250


def test_the_journal_outlives_the_unit_that_asked(asker: Actor, there: Counterpart) -> None:
    with suppress(ZeroDivisionError), unit_of_work(asker):
        read(asker)
        raise ZeroDivisionError
    assert len(lines(asker)) == 1


def test_charlie_sees_no_line_of_another_organisation(w: World, there: Counterpart) -> None:
    read(w.bilal)
    assert lines(w.charlie) == []
    with unit_of_work(w.bilal), connection.cursor() as cursor:
        cursor.execute("delete from pds_request")
        assert cursor.rowcount == 0  # not old enough
        cursor.execute("update pds_request set http_status = 200")
        assert cursor.rowcount == 0


def test_old_lines_go_and_young_ones_stay(asker: Actor, there: Counterpart) -> None:
    read(asker)
    with unit_of_work(asker), connection.cursor() as cursor:
        cursor.execute(
            """insert into pds_request (organisation_id, "user", role_profile_id, environment, operation, request_id,
                 correlation_id, attempt, patient_hash, request_hash, outcome, outcome_codes, started_at, milliseconds)
               select organisation_id, "user", '', environment, 'old', request_id, correlation_id, 1, '', '', 'answered', '{}',
                 now() - interval '181 days', 1 from pds_request"""
        )
    assert [line["operation"] for line in lines(asker)] == ["read", "old"]
    journal.forget_old(timezone.now())
    assert [line["operation"] for line in lines(asker)] == ["read"]


# The token


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def guarded(there: Counterpart, key: RSAKey, settings: Any, tmp_path: Path) -> Counterpart:
    """The counterpart lets nobody in without its token."""
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.as_pem(private=True))
    there.key = key
    settings.HUB = settings.HUB.model_copy(
        update={
            "pds_token_address": there.token_address, "pds_key_id": KEY_ID, "pds_private_key": pem,
            "pds_api_key": SecretStr(API_KEY),
        }
    )  # fmt: skip
    return there


def test_one_token_serves_until_it_has_nearly_run_out(
    asker: Actor, guarded: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert read(asker) is not None
    [claims] = guarded.tokens
    assert (claims["iss"], claims["sub"], claims["aud"]) == (API_KEY, API_KEY, guarded.token_address)
    assert claims["exp"] - claims["iat"] == 300
    assert uuid.UUID(claims["jti"])
    later = time.monotonic() + 0.81 * 599
    monkeypatch.setattr("pcnhub.connections.pds.token.time.monotonic", lambda: later)
    assert read(asker) is not None
    assert len(guarded.tokens) == 2


def test_a_token_that_is_no_longer_taken_is_renewed_once(asker: Actor, guarded: Counterpart) -> None:
    read(asker)
    guarded.valid_token = "another"
    assert read(asker) is not None
    refused, taken = guarded.asked[1:]
    assert refused.headers["x-request-id"] == taken.headers["x-request-id"]
    guarded.faults = [answers(401, outcome("ACCESS_DENIED"))] * 3
    with pytest.raises(SaidNo) as no:
        read(asker)
    assert no.value.who_can == "whoever runs this installation"
    assert len(guarded.asked) == 5


def test_a_wrong_key_id_is_said_without_the_key(asker: Actor, guarded: Counterpart, settings: Any) -> None:
    settings.HUB = settings.HUB.model_copy(update={"pds_key_id": "wrong"})
    with pytest.raises(SaidNo) as no:
        read(asker)
    assert "Invalid 'kid' header" in no.value.message
    assert "PCNHUB_PDS_KEY_ID" in no.value.remedy
    assert API_KEY not in no.value.sentence()
    assert guarded.asked == []


def test_a_wrong_key_is_refused(asker: Actor, guarded: Counterpart) -> None:
    guarded.key = RSAKey.generate_key(2048)
    with pytest.raises(SaidNo):
        read(asker)
