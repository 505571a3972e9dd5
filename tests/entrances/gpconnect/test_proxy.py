"""Calls that did not come through the proxy, where one is demanded: tokens are unsigned, so this is the lock."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from pcnhub.care.organisations.queries import INSTALLATION
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import system_actor
from tests.cast import World
from tests.entrances.gpconnect.consumer import Consumer

WORD = "k7Jq2mXv9RzT4wYb6NcD8fGh1LpS3aEuViOxQyWtZrCnMjHgKl"


@pytest.fixture
def demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    set_hub(monkeypatch, gp_connect_proxy_word=SecretStr(WORD))


def set_hub(monkeypatch: pytest.MonkeyPatch, **change: Any) -> None:
    monkeypatch.setattr(settings, "HUB", settings.HUB.model_copy(update=change))


def test_a_call_with_the_proxys_word_is_served(w: World, ash: Consumer, demanded: None) -> None:
    answer = ash.ask("rest:search:slot-1", "Slot", headers={"X-PCNHub-Proxy-Word": WORD})
    assert answer.outcome == (400, "BAD_REQUEST")  # let in, and told which parameters are missing


@pytest.mark.parametrize("word", [None, "", WORD[:-1], WORD + "x", "guessed"])
def test_a_call_by_another_way_is_refused(w: World, ash: Consumer, demanded: None, word: str | None) -> None:
    headers = {} if word is None else {"X-PCNHub-Proxy-Word": word}
    for interaction, path in (("rest:search:slot-1", "Slot"), ("rest:read:metadata-1", "metadata")):
        refused = ash.ask(interaction, path, headers=headers, scope="organization/*.read")
        assert refused.outcome == (403, "ACCESS_DENIED")
        assert WORD not in refused.why


def test_it_is_on_record(w: World, ash: Consumer, demanded: None) -> None:
    ash.slots()
    with unit_of_work(system_actor(name="test", organisation=INSTALLATION)):  # no hub was reached
        (row,) = AuditEvent.objects.filter(organisation_id=INSTALLATION.id, action="gp-connect.refused")
    assert (row.reason, row.user) == ("ACCESS_DENIED", "gpconnect:unknown")


def test_a_hub_on_the_network_is_closed_until_there_is_a_word(
    w: World, ash: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_hub(monkeypatch, https=True)
    refused = ash.slots()
    assert refused.outcome == (403, "ACCESS_DENIED")
    assert "PCNHUB_GP_CONNECT_PROXY_WORD" in refused.why


def test_a_hub_on_its_own_machine_asks_for_none(w: World, ash: Consumer) -> None:
    assert ash.slots().status == 200
