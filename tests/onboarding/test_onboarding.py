"""A network from one file: all of it or nothing, every error at its place, and nothing the second time."""

from __future__ import annotations

import json
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth import get_user_model

from pcnhub.care.appointments import queries as book
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.operations import reset_password
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.rules import Standing
from pcnhub.connections.gpconnect.directory import endpoints
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.onboarding.operations import onboard
from pcnhub.onboarding.reading import read
from tests.cast import NOW

EXAMPLE = Path(__file__).parents[2] / "pcnhub/onboarding/example.toml"
TODAY = london_date(NOW)


@pytest.fixture
def plain() -> dict[str, Any]:
    """The example as plain tables, to be spoilt by a test."""
    return tomllib.loads(EXAMPLE.read_text())


def as_yaml(plain: dict[str, Any]) -> str:
    return yaml.safe_dump(json.loads(json.dumps(plain, default=str)))


def problems_of(plain: dict[str, Any], folder: Path) -> dict[str, str]:
    """What is said of the file, as place -> code. YAML is as good as TOML."""
    path = folder / "network.yaml"
    path.write_text(as_yaml(plain))
    with pytest.raises(InvalidInput) as refusal:
        onboard(content=read(path), now=NOW)
    return {problem.field: problem.code for problem in refusal.value.problems}


def test_the_example_becomes_a_network(db: None) -> None:
    assert onboard(content=read(EXAMPLE), now=NOW)
    hub = organisations.organisation(ods_code="Y12345")
    network = organisations.network_of_hub(hub_id=hub.id, day=TODAY)
    assert [member.ods_code for member in network.members] == ["A81001", "A81002"]
    assert [one.username for one in organisations.accounts_at(organisation_id=hub.id)] == ["carys", "bilal"]
    templates = book.templates(hub_id=hub.id)
    assert [(one.name, one.weekday, one.holder) for one in templates] == [
        ("EA GP evening - practice booking", 1, "Bilal Rahman"),
        ("EA GP same day - practice booking", 6, "Bilal Rahman"),
    ]
    groups = {group.name: group.id for group in organisations.groups_of(owner_id=hub.id)}
    clinic = templates[1]
    assert (clinic.every_weeks, clinic.window_days, clinic.closes_minutes) == (2, 14, 10)
    assert (clinic.release_group_id, clinic.release_at) == (groups["Riverside PCN 111 booking"], time(9, 30))
    assert [(quota.profile, quota.subject, quota.at_most) for quota in clinic.quotas] == [
        ("organisation", "A81001", 8),
        ("organisation-type", "urgent-care", 4),
    ]
    embargoes = {kind.name: (kind.embargo_minutes, kind.dna_after_minutes) for kind in book.slot_types(hub_id=hub.id)}
    assert embargoes == {"EA GP F2F": (None, 30), "EA GP same day": (1440, None)}


def test_a_file_lets_nobody_in(db: None) -> None:
    onboard(content=read(EXAMPLE), now=NOW)
    for person in read(EXAMPLE).people:
        account = get_user_model().objects.get(username=person.username)
        assert not account.has_usable_password(), "`pcnhub password` is the way in"
        actor = organisations.installation_actor(name="test")
        temporary = reset_password(actor=actor, now=NOW, account_id=account.pk)
        account.refresh_from_db()
        assert account.check_password(temporary)
        assert account.must_change_password


def test_a_file_activates_nobody(db: None) -> None:
    onboard(content=read(EXAMPLE), now=NOW)
    hub = organisations.organisation(ods_code="Y12345")
    agreements = sharing.agreements_of(hub_id=hub.id, day=TODAY)
    assert {party.standing for agreement in agreements for party in agreement.parties} == {Standing.NOT_YET}


def test_run_twice_it_changes_nothing(db: None) -> None:
    onboard(content=read(EXAMPLE), now=NOW)
    assert onboard(content=read(EXAMPLE), now=NOW) == ()


def test_a_dry_run_names_the_changes_and_makes_none(db: None) -> None:
    named = onboard(content=read(EXAMPLE), now=NOW, dry_run=True)
    assert organisations.find_organisation(ods_code="Y12345") is None
    assert onboard(content=read(EXAMPLE), now=NOW) == named


def test_a_changed_file_changes_what_differs_alone(db: None, plain: dict[str, Any], tmp_path: Path) -> None:
    onboard(content=read(EXAMPLE), now=NOW)
    plain["organisations"][2]["list_size"] = 9_900
    plain["session_templates"][0]["channel"] = "Telephone"
    path = tmp_path / "network.yaml"
    path.write_text(as_yaml(plain))
    assert [change.sentence() for change in onboard(content=read(path), now=NOW)] == [
        "organisation A81001: changed (list_size)",
        "session template EA GP evening - practice booking, Monday 18:30: changed (delivery_channel)",
    ]


def test_every_error_of_form_is_told_at_once_with_its_place(plain: dict[str, Any], tmp_path: Path) -> None:
    plain["organisations"][2]["ods"] = "A81-01"
    plain["organisations"][3]["knd"] = plain["organisations"][3].pop("kind")
    plain["slot_types"][0]["minutes"] = 0
    assert problems_of(plain, tmp_path).keys() == {
        "organisations[3] (A81-01).ods",
        "organisations[4] (A81002).kind",
        "organisations[4] (A81002).knd",
        "slot_types[1] (EA GP F2F).minutes",
    }


def test_a_record_that_is_not_here_is_not_offered(db: None, plain: dict[str, Any], tmp_path: Path) -> None:
    plain["organisations"][2] |= {"system": "PCN Hub", "gp_connect": ["access_structured"]}
    assert set(problems_of(plain, tmp_path).values()) == {"record-missing"}


def test_every_name_that_points_nowhere_is_told_at_once(plain: dict[str, Any], tmp_path: Path) -> None:
    plain["network"]["members"][0]["ods"] = "A99999"
    plain["groups"][0]["members"].append("B88888")
    plain["teams"][0]["members"] = ["bilal"]  # works at the hub, not at this practice
    plain["session_templates"][0] |= {"holder": "eve", "site": "Elsewhere", "slot_type": "EA Nurse"}
    plain["session_templates"][1] |= {"further_holders": ["eve"], "release": {"group": "111", "at": "09:30:00"}}
    plain["session_templates"][1]["quotas"] = [{"group": "Apps", "at_most": 1}]
    assert problems_of(plain, tmp_path).keys() == {
        "network.members[1]",
        "groups[1] (Riverside PCN practice booking).members",
        "teams[1] (Enhanced Access Team).members",
        "session_templates[1] (EA GP evening - practice booking).holder",
        "session_templates[1] (EA GP evening - practice booking).site",
        "session_templates[1] (EA GP evening - practice booking).slot_type",
        "session_templates[2] (EA GP same day - practice booking).further_holders",
        "session_templates[2] (EA GP same day - practice booking).release.group",
        "session_templates[2] (EA GP same day - practice booking).quotas",
    }


def test_a_quota_is_for_one_of_three(plain: dict[str, Any], tmp_path: Path) -> None:
    plain["session_templates"][1]["quotas"] = [
        {"at_most": 1},
        {"group": "Apps", "organisation": "A81001", "at_most": 1},
    ]
    place = "session_templates[2] (EA GP same day - practice booking).quotas"
    assert problems_of(plain, tmp_path).keys() == {f"{place}[1]", f"{place}[2] (A81001)"}


def test_what_an_operation_refuses_undoes_the_whole_file(db: None, plain: dict[str, Any], tmp_path: Path) -> None:
    plain["people"][0]["positions"][0]["activities"].append("B9999")
    plain["network"]["session_name_pattern"] = "EA ("
    found = problems_of(plain, tmp_path)
    assert found == {"network U12345.session_name_pattern": "pattern-form", "person carys.activities": "unknown"}
    assert organisations.find_organisation(ods_code="Y12345") is None


@pytest.mark.parametrize(
    ("name", "text"), [("n.toml", "a = ["), ("n.yaml", "a: [1"), ("n.toml", ""), ("n.yaml", "- 1")]
)
def test_what_is_no_such_file_is_said_plainly(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InvalidInput) as refusal:
        read(path)
    assert refusal.value.problems[0].field in {"file", "network"}


def test_the_directory_of_other_systems_comes_with_the_file(db: None, plain: dict[str, Any], tmp_path: Path) -> None:
    one = plain["organisations"][0]
    one["endpoints"] = [
        {
            "ods": "X99999",
            "name": "Far Hub",
            "service_root": "https://far.example/X99999/STU3/1/gpconnect",
            "asid": "918999198739",
        }
    ]
    path = tmp_path / "network.yaml"
    path.write_text(as_yaml(plain))
    assert any("endpoint X99999" in change.place for change in onboard(content=read(path), now=NOW))
    assert onboard(content=read(path), now=NOW) == ()
    actor = organisations.system_actor_for(organisation_id=organisations.organisation(ods_code=one["ods"]).id)
    assert [each.place.name for each in endpoints(actor=actor)] == ["Far Hub"]
    one["endpoints"][0]["asid"] = "1"
    assert "endpoint-asid" in problems_of(plain, tmp_path).values()
