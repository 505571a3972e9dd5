"""A hub refuses to start with settings of the directory that are unsafe, or half of what belongs together."""

from __future__ import annotations

from typing import Any

import pytest

from pcnhub.config.environment import SettingsRefused, load
from pcnhub.connections.sds.configuration import configuration

FHIR = {"PCNHUB_SDS_URL": "https://api.example/spine-directory/FHIR/R4", "PCNHUB_SDS_KEY": "a-secret"}
LDAP = {"PCNHUB_SDS_LDAP_URL": "ldaps://ldap.example"}


def test_one_driver_is_chosen_by_its_address_and_the_key_is_not_shown(settings: Any) -> None:
    for given, driver in (({}, ""), (FHIR, "fhir"), (LDAP, "ldap")):
        settings.HUB = load(given)
        assert configuration().driver == driver
        assert "a-secret" not in repr(configuration())
    load({"PCNHUB_SDS_URL": "https://sandbox.api.example/spine-directory/FHIR/R4"})
    load({"PCNHUB_SDS_LDAP_URL": "ldap://127.0.0.1:3389", "PCNHUB_SDS_LDAP_STARTTLS": "false"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (FHIR | LDAP, "PCNHUB_SDS_URL and PCNHUB_SDS_LDAP_URL"),
        ({"PCNHUB_SDS_URL": FHIR["PCNHUB_SDS_URL"]}, "PCNHUB_SDS_KEY is missing"),
        ({"PCNHUB_SDS_URL": "http://api.example"}, "PCNHUB_SDS_URL"),
        ({"PCNHUB_SDS_LDAP_URL": "https://ldap.example"}, "PCNHUB_SDS_LDAP_URL"),
        ({"PCNHUB_SDS_LDAP_URL": "ldap://user@ldap.example"}, "PCNHUB_SDS_LDAP_URL"),
        (
            {"PCNHUB_SDS_LDAP_URL": "ldap://ldap.example", "PCNHUB_SDS_LDAP_STARTTLS": "false"},
            "PCNHUB_SDS_LDAP_STARTTLS is off",
        ),
        (LDAP | {"PCNHUB_SDS_LDAP_CERTIFICATE": __file__}, "belong together"),
        (LDAP | {"PCNHUB_SDS_LDAP_AUTHORITY": "/nowhere.pem"}, "PCNHUB_SDS_LDAP_AUTHORITY"),
    ],
)
def test_what_is_unsafe_or_half_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsRefused) as refusal:
        load(given)
    assert any(named in reason for reason in refusal.value.reasons)
    assert not any("a-secret" in reason for reason in refusal.value.reasons)
