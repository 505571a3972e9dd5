"""The page of tonight: what goes wrong, where it is mended, and names for those only who may read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.models import Session
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.entrances.staff.today.foreseen import foreseen
from pcnhub.entrances.staff.today.panels import Viewer
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import MANAGER, NOW
from tests.entrances.client import signed_in_as
from tests.insight.watch.evenings import AT_FOUR, close_account, evening, plant_three

pytestmark = pytest.mark.django_db
FAULTS = ("Stops a session", "Harms a patient’s way", "account is switched off")


@pytest.fixture
def tomorrow() -> date:
    """The doors read the real clock: an evening that is still to come, whenever the tests run."""
    return london_date(timezone.now()) + timedelta(days=1)


def shown(actor: Actor, address: str, *, status: int = 200) -> str:
    answer = signed_in_as(actor).get(address)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_each_line_says_what_and_leads_to_where_it_is_mended(tomorrow: date) -> None:
    cast = evening(today=tomorrow, now=timezone.now())
    plant_three(cast)
    page = shown(cast.carys, f"/watch?day={tomorrow}")
    for words in (*FAULTS, "18:30", "18:45", "Jane Smith", "Peter Jones"):
        assert words in page, words
    assert f'href="/people/{cast.bilal.account_id}"' in page
    assert f'href="/agreements/{cast.agreements[AgreementKind.WRITE_BACK].pk}"' in page
    assert 'href="/tracing/' in page
    assert "Peter Jones" in shown(cast.carys, f"/watch/print?day={tomorrow}")
    table = shown(cast.carys, f"/watch.csv?day={tomorrow}")
    assert [row.split(",")[0] for row in table.splitlines()[:4]] == [
        "How bad", "Stops a session", "Harms a patient’s way", "Harms a patient’s way",
    ]  # fmt: skip
    without_names = replace(cast.carys, permissions=frozenset({"view-readiness"}))
    unnamed = shown(without_names, f"/watch?day={tomorrow}")
    for name in ("Jane Smith", "Peter Jones"):
        assert name not in table
        assert name not in unnamed


def test_a_practice_reads_its_own_and_others_are_refused(tomorrow: date) -> None:
    cast = evening(today=tomorrow, now=timezone.now())
    plant_three(cast)
    page = shown(cast.dilys, f"/watch?day={tomorrow}")
    assert "Jane Smith" in page
    for word in ("Peter", "Birch Road", "Bilal", "/tracing/"):
        assert word not in page, word
    assert "Peter Jones" in shown(replace(cast.efe, permissions=frozenset(MANAGER)), f"/watch?day={tomorrow}")
    refused = shown(cast.charlie, f"/watch?day={tomorrow}", status=404)
    for word in ("Jane", "Peter", "Bilal", "Riverside"):
        assert word not in refused, word
    assert "see the readiness grid" in shown(cast.ada, "/watch", status=403)


def test_from_noon_on_the_hubs_manager_finds_it_on_the_start_page() -> None:
    cast = evening()
    close_account(cast)
    assert foreseen(Viewer(cast.carys, NOW)) is None, "at nine there is time"
    panel = foreseen(Viewer(cast.carys, AT_FOUR))
    assert panel is not None
    assert [line.tag for line in panel.lines] == [("Stops a session", "red")]
    assert panel.more == ("Where to mend each", "/watch")
    for actor in (cast.bilal, cast.dilys, cast.charlie):
        assert foreseen(Viewer(actor, AT_FOUR)) is None


def test_a_list_that_was_shown_for_printing_is_on_paper_and_an_evening_without_problems_says_so(tomorrow: date) -> None:
    cast = evening(today=tomorrow, now=timezone.now())
    Session.objects.update(list_printed_at=None)
    shown(cast.carys, f"/clinic?day={tomorrow}")
    assert not Session.objects.filter(list_printed_at__isnull=False).exists()
    shown(cast.carys, f"/clinic/print?day={tomorrow}")
    assert Session.objects.filter(list_printed_at__isnull=False, list_printed_by_name="Carys Cast").count() == 3
    assert "Nothing is foreseen to go wrong" in shown(cast.dilys, f"/watch?day={tomorrow}")
    assert "This day is over" in shown(cast.carys, f"/watch?day={tomorrow - timedelta(days=9)}")
