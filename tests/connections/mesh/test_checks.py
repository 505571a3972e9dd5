"""What readiness and `pcnhub mesh check` say of the mailbox, without the exchange; and what a hub refuses to start with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.config.environment import SettingsRefused, load
from pcnhub.connections.mesh.answers import settle_report
from pcnhub.connections.mesh.checks import chk_70, chk_d6
from pcnhub.connections.mesh.client import Fetched
from pcnhub.connections.mesh.configuration import Box, configuration
from pcnhub.connections.mesh.looking import look
from pcnhub.connections.mesh.models import Contact, Outgoing
from pcnhub.connections.mesh.refusals import NoMailbox
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, World, system_for

WHOLE = {
    "PCNHUB_MESH_URL": "https://mesh.example",
    "PCNHUB_MESH_MAILBOX": "Y07108=X26HUB1, A81001=X26ASH1",
    "PCNHUB_MESH_PASSWORD": "X26HUB1=one X26ASH1=t=wo",
    "PCNHUB_MESH_SHARED_KEY": "shared",
    "PCNHUB_MESH_CERTIFICATE": __file__,
    "PCNHUB_MESH_KEY": __file__,
}


def test_two_mailboxes_and_their_passwords_are_read(settings: Any) -> None:
    settings.HUB = load(WHOLE)
    found = configuration()
    assert found.box_of("A81001") == Box("A81001", "X26ASH1", "t=wo")
    assert found.box_of("C83003") is None
    assert "t=wo" not in repr(found)
    settings.HUB = load({})
    assert configuration().box_of("A81001") is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PCNHUB_MESH_PASSWORD": "X26HUB1=one"}, "PCNHUB_MESH_PASSWORD has no password for X26ASH1"),
        ({"PCNHUB_MESH_URL": ""}, "PCNHUB_MESH_URL is missing"),
        ({"PCNHUB_MESH_URL": "http://mesh.example"}, "PCNHUB_MESH_URL"),
        ({"PCNHUB_MESH_CERTIFICATE": ""}, "PCNHUB_MESH_CERTIFICATE is missing"),
        ({"PCNHUB_MESH_KEY": "/nowhere.pem"}, "PCNHUB_MESH_KEY"),
        ({"PCNHUB_MESH_MAILBOX": "X26HUB1"}, "PCNHUB_MESH_MAILBOX"),
        ({"PCNHUB_MESH_MAILBOX": "Y07108=X26HUB1,A81001=X26HUB1"}, "PCNHUB_MESH_MAILBOX"),
    ],
)
def test_half_of_the_settings_is_refused_by_name(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsRefused) as refusal:
        load(WHOLE | change)
    assert any(named in reason for reason in refusal.value.reasons)
    assert not any("t=wo" in reason for reason in refusal.value.reasons)


def mailbox(cast: World) -> Finding:
    hub = network_of_hub(hub_id=cast.hub.pk, day=london_date(NOW))
    assert hub is not None
    (found,) = chk_d6(actor=system_for(cast.hub), hub=hub, now=NOW)
    return found


def contact(cast: World, **facts: datetime | str | None) -> None:
    with unit_of_work(system_for(cast.hub)):
        Contact.objects.update_or_create(organisation=cast.hub, mailbox="X26HUB1", defaults=facts)


@pytest.mark.django_db
def test_the_mailbox_is_as_good_as_its_newest_answer(cast: World, settings: Any) -> None:
    assert mailbox(cast).state is State.UNMET  # Ash Lane keeps its record elsewhere, and there is no mailbox
    settings.HUB = load(WHOLE)
    assert mailbox(cast).state is State.UNMET
    contact(cast, answered_at=NOW - timedelta(hours=23))
    assert mailbox(cast).state is State.MET
    contact(cast, answered_at=NOW - timedelta(hours=25), failed_at=NOW, said="The exchange did not answer.")
    assert mailbox(cast).state is State.UNMET
    assert "did not answer" in mailbox(cast).evidence
    settings.HUB = load({})
    Organisation.objects.filter(pk=cast.ash.pk).update(system="PCN Hub")
    assert mailbox(cast).state is State.NOT_APPLICABLE


@pytest.mark.django_db
def test_a_practice_elsewhere_is_unmet_once_its_newest_report_came_back(cast: World) -> None:
    from tests.evening import visitor
    from tests.rooms.writeback.test_copies import consulted, drain

    consulted(cast, visitor(cast, cast.patient_of_ash, cast.ash))
    drain(180)
    hub = network_of_hub(hub_id=cast.hub.pk, day=london_date(NOW))
    assert hub is not None
    actor = system_for(cast.hub)

    def of(practice: Organisation) -> Finding:
        return next(each for each in chk_70(actor=actor, hub=hub, now=NOW) if each.target == practice.pk)

    assert (of(cast.ash).state, of(cast.birch).state) == (State.UNKNOWN, State.UNKNOWN)
    for state, expected in (("refused", State.UNMET), ("accepted", State.UNKNOWN)):
        with unit_of_work(actor):
            Outgoing.objects.update(state=state, said="Nobody fetched it.", header_id=uuid4(), state_changed_at=NOW)
        assert of(cast.ash).state is expected
    with unit_of_work(actor):  # the exchange tells late that nobody fetched what the practice has accepted
        row = Outgoing.objects.get()
        late = Fetched(
            "M9", "", "W", row.local_id, is_report=True, linked_id="", status_code="14", subject="", body=b""
        )
        assert settle_report(actor=actor, now=NOW, fetched=late).settles == row
    assert (of(cast.ash).state, "accepted" in of(cast.ash).evidence) == (State.UNKNOWN, True)


@pytest.mark.django_db
def test_who_has_no_mailbox_is_told_so(cast: World) -> None:
    with pytest.raises(NoMailbox):
        look(actor=cast.charlie, now=NOW)
