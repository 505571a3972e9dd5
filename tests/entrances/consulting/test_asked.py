"""What protocols ask for on the pages that finish and amend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.operations import import_protocol, load_concepts, note_task, save_outcome
from pcnhub.care.consultations.operations.definitions import put_into_use
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.tasks.operations import TeamRequest, save_team
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
SHIPPED = {each.name: each.source for each in shipped()}
ADVICE = "asked-two-week-wait-safety-net"
NOTICE = "asked-two-week-wait-notice"


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    save_outcome(actor=made.carys, now=NOW, code="two-week-wait", name="Urgent suspected cancer referral")
    view = import_protocol(actor=made.carys, now=NOW, source=SHIPPED["two-week-wait"])
    put_into_use(actor=made.carys, now=NOW, definition_id=view.id)
    return made


@pytest.fixture
def client(cast: World) -> Client:
    return signed_in_as(cast.bilal)


def begun(cast: World, outcome: str) -> int:
    now = timezone.now()
    visiting = visitor(cast, cast.patient_of_ash, cast.ash)
    made = operations.start(actor=cast.bilal, now=now, booking_id=waiting(cast, visiting, at=now))
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=made, revision=0, notes=notes(outcome=outcome))
    return made


def test_finishing_asks_refuses_and_finishes(cast: World, client: Client) -> None:
    consultation_id = begun(cast, "two-week-wait")
    members = frozenset({cast.ada.position_id or 0})
    save_team(actor=cast.dilys, now=NOW - timedelta(days=9), request=TeamRequest("Enhanced Access", members=members))
    here = f"/consultations/{consultation_id}/finish"
    page = client.get(here).content.decode()
    assert "What your hub asks for" in page
    assert f"consultation={consultation_id}" in page
    assert "kind=two-week-wait-referral" in page
    link = page.split('href="/tasks/new')[1].split('"')[0].replace("&amp;", "&")
    form = client.get(f"/tasks/new{link}").content.decode()
    assert 'value="two-week-wait-referral" selected' in form
    assert 'value="urgent" checked' in form
    refused = client.post(here, {"revision": 1, f"{NOTICE}-reason": "Telephoned"})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert f'href="#{ADVICE}"' in text
    assert f'id="{ADVICE}"' in text
    assert 'href="#asked-two-week-wait-refer"' in text
    assert 'value="Telephoned"' in text  # what was typed is there still
    note_task(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, task_id=1, kind="two-week-wait-referral",
        priority="urgent",
    )  # fmt: skip
    done = client.post(here, {"revision": 1, ADVICE: "done", f"{NOTICE}-reason": "Telephoned"}, follow=True)
    assert "Consultation finished." in done.content.decode()


def test_another_outcome_is_asked_for_nothing(cast: World, client: Client) -> None:
    consultation_id = begun(cast, "seen")
    here = f"/consultations/{consultation_id}/finish"
    assert "What your hub asks for" not in client.get(here).content.decode()
    assert "Consultation finished." in client.post(here, {"revision": 1}, follow=True).content.decode()


def test_an_amendment_is_asked_in_its_own_form(cast: World, client: Client, settings: Any) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(email="urgent@ash.example")
    consultation_id = begun(cast, "seen")
    client.post(f"/consultations/{consultation_id}/finish", {"revision": 1})
    note_task(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, task_id=1, kind="two-week-wait-referral",
        priority="urgent",
    )  # fmt: skip
    sent = {
        "revision": 1, "action": "amend", "reason": "The lump", "text-history": "A lump.", "outcome": "two-week-wait"
    }  # fmt: skip
    here = f"/consultations/{consultation_id}/amend"
    refused = client.post(here, sent)
    assert refused.status_code == 422
    assert "A lump." in refused.content.decode()
    assert f'id="{ADVICE}"' in refused.content.decode()
    assert "This installation has no mail system yet" in refused.content.decode()  # though the e-mail goes by itself
    settings.HUB = settings.HUB.model_copy(update={"smtp_host": "mail.example"})
    assert "no mail system" not in client.post(here, sent).content.decode()
    assert client.post(here, {**sent, ADVICE: "done"}).status_code == 302
    kept = queries.finished_version(actor=cast.bilal, consultation_id=consultation_id, number=2)
    assert "Told the patient" in kept.notes.text_under("Plan")
