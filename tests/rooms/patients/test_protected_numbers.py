"""Whoever writes somebody down under a protected person's number, by whichever door: no open entry comes into being, nothing
tells whose number it was, and somebody who may know settles it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from pcnhub.care.appointments.queries import clinic_list, number_to_trace, unlinked
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.operations import (
    NotRegistrable,
    Traced,
    merge,
    register_by_gp_connect,
    register_unregistered,
    unmerge,
)
from pcnhub.care.patients.operations.contacts import change_contact
from pcnhub.care.patients.operations.heeding import keep_word
from pcnhub.care.patients.operations.over_gp_connect import Contact
from pcnhub.care.patients.operations.protected import is_somebody_else, look_again
from pcnhub.care.patients.queries import find_patients, open_patient, patients_by_id
from pcnhub.care.patients.rules import NumberEnd
from pcnhub.care.patients.rules.contacts import ContactField
from pcnhub.connections.mail.models import Notice
from pcnhub.connections.mail.words import News, NoticeKind, text_of
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import MANAGER, NOW, World, system_for, world
from tests.cast import person as person_at
from tests.entrances.client import give_permissions, signed_in_as
from tests.evening import visitor
from tests.rooms.appointments.book import TUESDAY, session, slots
from tests.rooms.appointments.test_unregistered import booked_by, person

pytestmark = pytest.mark.django_db
JANES, NOBODYS, FORMER = "9000000009", "9000000092", "9000000033"
SETTLES = frozenset(Permission)


@pytest.fixture
def w() -> World:
    """Ash Lane protects Jane, whom the hub does not hold."""
    made = world()
    protect(made)
    return made


def protect(w: World) -> None:
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=True)
        keep_word(actor=system_for(w.ash))


def held_at_hub(w: World) -> None:
    """Only the hub knows that she is protected: the national service said so."""
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=False)
        keep_word(actor=system_for(w.ash))
    held = visitor(w, w.patient_of_ash, w.ash, is_sensitive=True)
    with unit_of_work(system_for(w.hub)):
        FormerNumber.objects.create(
            organisation=w.hub, patient=held, nhs_number=FORMER, ended=NumberEnd.SUPERSEDED, since=NOW
        )


def row(w: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.get(pk=patient_id)


def drain() -> None:
    Worker("test", lambda at, request: system_actor_for(organisation_id=at, request_id=request)).drain(now=NOW)


def sighted(actor: Actor) -> Actor:
    return replace(actor, permissions=SETTLES)


@pytest.mark.parametrize(
    ("known", "by"),
    [
        ("by her practice", "ada"),
        ("by her practice", "carys"),
        ("by the hub", "efe"),
        ("by a former number", "carys"),
    ],
)
def test_an_entry_under_her_number_is_closed_as_it_is_written(w: World, by: str, known: str) -> None:
    if known != "by her practice":
        held_at_hub(w)
    number = FORMER if known == "by a former number" else JANES
    first, second, *_ = slots(session(w))
    _, hers = booked_by(w, getattr(w, by), first.id, person=person(nhs_number=number))  # and another date of birth
    wanted = person(given_name="Binta", nhs_number=NOBODYS)
    _, other = booked_by(w, getattr(w, by), second.id, person=wanted, is_none_of_these=True)
    assert (row(w, hers).is_sensitive, row(w, other).is_sensitive) == (True, False)


def test_without_the_agreement_a_practices_word_is_not_used(w: World) -> None:
    """The control: it is the word of who shares with the hub that closes an entry, and nothing else does."""
    made = {"organisation": w.outside, "registered_practice": w.outside, "stated_nhs_number": JANES}
    with unit_of_work(system_for(w.outside)):
        elsewhere = Patient.objects.create(
            **made, given_name="J", family_name="S", birth_date=date(1980, 4, 12), registration_type="temporary",
            registered_on=NOW.date(), trace_state="untraced", created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        assert not Patient.objects.get(pk=elsewhere.pk).is_sensitive


def test_another_system_registers_nobody_under_her_number(w: World) -> None:
    """Though the trace that it relies on knows another date of birth and of no protection."""
    traced = Traced(NhsNumber(JANES), "Jane", "Smith", date(1981, 4, 12), practice_ods="Z99999")
    with pytest.raises(NotRegistrable):
        register_by_gp_connect(actor=system_for(w.hub), now=NOW, person=traced, contact=Contact())
    with unit_of_work(system_for(w.hub)):
        assert not Patient.objects.filter(organisation=w.hub).exists()


def test_whom_a_practice_protects_later_is_closed_then(w: World) -> None:
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=False)
        keep_word(actor=system_for(w.ash))
    _, given = booked_by(w, w.efe, slots(session(w))[0].id, person=person(nhs_number=JANES))
    assert not row(w, given).is_sensitive
    protect(w)
    assert (look_again(actor=system_for(w.hub), now=NOW), row(w, given).is_sensitive) == (1, True)
    assert look_again(actor=system_for(w.hub), now=NOW) == 0


# What whoever wrote it down sees


def told(client: Client, *paths: str, form: dict[str, str] | None = None) -> list[tuple[int, str]]:
    """What pages say, or answer to a form, without what differs from one entry to the next."""
    found = []
    for path in paths:
        answer = client.get(path) if form is None else client.post(path, form)
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", answer.content.decode())
        found.append((answer.status_code, re.sub(r"\d+", "#", text)))
    return found


@pytest.mark.parametrize("by", ["ada", "carys"])
def test_to_whoever_wrote_it_down_it_is_an_entry_like_any_other(
    w: World, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor: Actor = getattr(w, by)
    free = iter(slots(session(w)))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client, answers = signed_in_as(actor), []
    for number in (JANES, NOBODYS):
        made, patient_id = booked_by(w, actor, next(free).id, person=person(nhs_number=number))
        drain()
        pages = [reverse("booking", args=[made])]
        if by == "carys":
            pages += [reverse(name, args=[patient_id]) for name in ("patient", "trace-patient", "patient-audit")]
        answers.append(told(client, *pages))
        with unit_of_work(system_for(w.hub)):  # so that the next one is not compared with this one
            Patient.objects.filter(pk=patient_id).update(
                given_name="Gone", family_name="Away", birth_date=date(1930, 1, 1)
            )
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0]} == {200}


def test_nobody_else_sees_it_and_nothing_counts_it_to_them(w: World) -> None:
    slot = slots(session(w))[0]
    _, given = booked_by(w, w.efe, slot.id, person=person(nhs_number=JANES))
    assert unlinked(actor=w.carys, now=NOW) == ()
    assert number_to_trace(actor=w.carys, now=NOW) == (0, None)
    [clinic] = clinic_list(actor=w.carys, now=NOW, day=TUESDAY)
    [seen] = [each.booking for each in clinic.rows if each.booking]
    assert (seen.is_withheld, seen.patient_name, seen.reason) == (True, "", "")
    for outsider in (w.carys, w.bilal, w.charlie):
        with pytest.raises(NotFound):
            open_patient(actor=outsider, now=NOW, patient_id=given)


def test_what_she_says_since_does_not_come_to_stand_where_the_writer_reads_it(w: World) -> None:
    _, given = booked_by(w, w.carys, slots(session(w))[0].id, person=person(nhs_number=JANES))
    said = {ContactField.MOBILE_PHONE: "07700 900555"}
    actors = (sighted(w.bilal), replace(w.carys, permissions=w.carys.permissions | {Permission.MANAGE_REGISTRATIONS}))
    with pytest.raises(Conflict, match="Whoever wrote this person down"):
        change_contact(actor=actors[0], now=NOW, patient_id=given, version=row(w, given).version, details=said)
    assert change_contact(actor=actors[1], now=NOW, patient_id=given, version=row(w, given).version, details=said)


# What is put together


def written(w: World, by: Actor, number: str, phone: str) -> int:
    said = person(nhs_number=number, phone=phone)
    return register_unregistered(actor=by, now=NOW, hub_id=w.hub.pk, person=said)


def reached_by(actor: Actor, patient_id: int) -> str:
    return open_patient(actor=actor, now=NOW, patient_id=patient_id).mobile_phone


def put_together(actor: Actor, kept: int, merged: int) -> None:
    merge(actor=actor, now=NOW, kept_id=kept, merged_id=merged, reason="One person, she said so")


def why_not(actor: Actor, kept: int, merged: int) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        put_together(actor, kept, merged)
    return [each.code for each in refused.value.problems]


def second_desk(w: World) -> Actor:
    """Another manager at the hub who may not see the protected."""
    return person_at("second", w.hub, MANAGER)


def known_at_hub(w: World) -> int:
    """Somebody of that name and date of birth, with a number of their own, whom everybody there may see."""
    said, held = person(), visitor(w, w.patient_of_birch, w.birch, registered_patient_id=None)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=held.pk).update(
            given_name=said.given_name, family_name=said.family_name, birth_date=said.birth_date
        )
    return held.pk


def told_of_merging(w: World, number: str, slot_id: int, other: Actor) -> list[object]:
    """Everything that Carys is told, and by which door, of the entry that she wrote under this number, as she tries to merge it
    with each that she may see, either way round."""
    made, hers = booked_by(w, w.carys, slot_id, person=person(nhs_number=number))
    open_ones = [known_at_hub(w), written(w, other, "", "07700 900102")]
    entries = [hers, written(w, w.carys, number, "07700 900101"), *open_ones]
    drain()
    client, answers = signed_in_as(w.carys), list[object]()
    for kept, merged in [(hers, each) for each in entries[1:]] + [(each, hers) for each in entries[1:]]:
        form = {"reason": "One person", "is_compared": "yes", "superseded_number": number}
        answers += told(client, reverse("patient-merge-confirm", args=[kept, merged]), form=form)
    answers += told(client, reverse("patient-merge", args=[open_ones[0]]), form={"text": "Diallo"})
    pages = [reverse(name, args=[e]) for name in ("patient", "trace-patient", "patient-audit") for e in entries]
    answers += told(client, reverse("booking", args=[made]), reverse("tracing"), *pages)
    found = find_patients(actor=w.carys, now=NOW, text="Diallo Aminata", with_gone=True)
    answers += [
        sorted(entries.index(each.id) for each in found.items),
        sorted(entries.index(each) for each in patients_by_id(actor=w.carys, ids=entries)),
        [entries.index(each.patient.id) for each in unlinked(actor=w.carys, now=NOW)],
    ]
    for each in open_ones:  # nor is anything closed by it to anybody else
        assert open_patient(actor=other, now=NOW, patient_id=each).id == each
    return answers


def test_merging_tells_nobody_whose_number_they_gave(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    other, free = second_desk(w), slots(session(w))
    answers = []
    for number in (JANES, NOBODYS):
        before = transaction.savepoint()
        answers.append(told_of_merging(w, number, free[0].id, other))
        transaction.savepoint_rollback(before)
    assert answers[0] == answers[1]
    refused = [said for said in answers[0] if isinstance(said, tuple) and said[0] == 422]
    assert len(refused) == 6
    assert all("nobody has traced it" in text for _, text in refused)


@pytest.mark.parametrize("number", [JANES, NOBODYS])
def test_who_may_not_see_the_protected_merges_no_entry_whose_number_nobody_traced(w: World, number: str) -> None:
    """Whosever number it is; and whoever wrote the other one."""
    hers, twice = written(w, w.carys, number, ""), written(w, w.carys, number, "")
    for each in (twice, written(w, second_desk(w), "", ""), known_at_hub(w)):
        assert why_not(w.carys, each, hers) == ["number-not-traced"]
        assert "number-not-traced" in why_not(w.carys, hers, each)


def test_who_may_see_the_protected_settles_such_an_entry_before_it_is_merged(w: World) -> None:
    bilal, second = sighted(w.bilal), second_desk(w)
    hers, twice, anothers = (written(w, by, JANES, "07700 900101") for by in (w.carys, w.carys, second))
    for each in (twice, anothers, known := known_at_hub(w)):
        assert why_not(bilal, each, hers) == ["number-to-settle"]
        assert "number-to-settle" in why_not(bilal, hers, each)
    for writer, theirs in ((w.carys, anothers), (second, hers)):  # what another one wrote is nobody's entry
        with pytest.raises(NotFound):
            put_together(writer, known, theirs)
    is_somebody_else(actor=bilal, now=NOW, patient_id=hers, reason="Misheard")
    put_together(w.carys, known, hers)
    assert reached_by(w.carys, hers) == reached_by(second, known) == "07700 900101"


def test_who_may_see_the_protected_merges_what_is_open(w: World) -> None:
    kept, merged = written(w, w.carys, NOBODYS, ""), written(w, second_desk(w), NOBODYS, "07700 900101")
    put_together(sighted(w.bilal), kept, merged)
    assert reached_by(w.carys, merged) == "07700 900101"
    unmerge(actor=w.carys, now=NOW, merged_id=merged, reason="They are sisters")
    assert reached_by(w.carys, kept) == ""


def test_what_a_protected_person_said_is_not_read_by_who_wrote_the_entry_that_it_is_merged_into(w: World) -> None:
    wrote, hers = written(w, w.carys, "", ""), written(w, w.carys, "", "07700 900555")
    with unit_of_work(system_for(w.hub)):  # somebody whose number was taken away since
        Patient.objects.filter(pk=hers).update(is_sensitive=True, put_down_by="")
    put_together(sighted(w.bilal), wrote, hers)
    assert reached_by(sighted(w.bilal), wrote) == "07700 900555"
    with pytest.raises(NotFound):
        reached_by(w.carys, wrote)


# Who settles it


def test_who_may_know_is_told_sees_it_and_takes_a_misheard_number_off(w: World) -> None:
    give_permissions(w.carys)
    give_permissions(sighted(w.bilal))
    _, given = booked_by(w, w.ada, slots(session(w))[0].id, person=person(nhs_number=JANES))
    drain()
    [notice] = Notice.objects.filter(kind=NoticeKind.PROTECTED_NUMBER)
    assert (notice.account_id, notice.is_urgent) == (w.bilal.account_id, True)
    letter = text_of(news=[News(NoticeKind(notice.kind), notice.about)], organisation="Hub", address="https://hub")
    assert not any(hidden in letter.body for hidden in ("Jane", "Aminata", JANES, str(given)))
    with unit_of_work(system_for(w.hub)):
        [event] = AuditEvent.objects.filter(action="patients.protected-number-given")
    assert (event.subject_id, event.patient_id, event.nhs_number) == (given, None, "")

    bilal = sighted(w.bilal)
    assert [each.patient.id for each in unlinked(actor=bilal, now=NOW)] == [given]
    client, path = signed_in_as(bilal), reverse("trace-patient", args=[given])
    assert "a protected person’s" in client.get(path).content.decode()
    assert client.post(path, {"somebody-else": "yes"}).status_code == 422  # it must say why
    for refused, kind in ((w.carys, NotPermitted), (sighted(w.charlie), NotFound)):
        with pytest.raises(kind):
            is_somebody_else(actor=refused, now=NOW, patient_id=given, reason="x")
    done = client.post(path, {"somebody-else": "yes", "reason": "They rang: it ends in 8"})
    assert (done.status_code, row(w, given).is_sensitive, row(w, given).stated_nhs_number) == (302, False, "")
    assert [each.patient.id for each in unlinked(actor=w.carys, now=NOW)] == [given]


@pytest.fixture
def managers(w: World) -> Callable[[], list[Any]]:
    return lambda: list(Notice.objects.filter(kind=NoticeKind.PROTECTED_NUMBER).values_list("account", flat=True))


def test_where_nobody_may_settle_it_the_managers_hear(w: World, managers: Callable[[], list[Any]]) -> None:
    give_permissions(w.carys)
    give_permissions(w.bilal)
    booked_by(w, w.ada, slots(session(w))[0].id, person=person(nhs_number=JANES))
    drain()
    assert managers() == [w.carys.account_id]
