"""The header says for whom one acts, in words that people use."""

from __future__ import annotations

import re

import pytest

from tests.cast import world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


def test_the_header_names_person_job_and_organisation() -> None:
    cast = world()
    page = signed_in_as(cast.carys).get("/").content.decode()
    header = page[page.index("<header") : page.index("</header>")]
    words = " ".join(header.split())
    assert cast.carys.organisation.name in words
    assert f"{cast.carys.name}, {cast.carys.job_category}" in words
    assert "Access Role" not in words, "the name of a smartcard's role says nothing to the person"


def test_every_entry_of_the_menu_leads_to_a_page() -> None:
    """Followed by the people who see the most of it."""
    cast = world()
    for actor in (cast.carys, cast.dilys):
        client = signed_in_as(actor)
        page = client.get("/").content.decode()
        header = page[page.index("<header") : page.index("</header>")]
        menu = header[header.index("nhsuk-header__navigation") :]
        places = re.findall(r'href="([^"]+)"', menu)
        assert len(places) > 5
        for place in places:
            assert client.get(place).status_code == 200, place
