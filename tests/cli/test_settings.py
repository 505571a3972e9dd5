"""Every unsafe setting is refused by name, all of them at once, and no secret is repeated."""

from typing import Any

import pytest

from pcnhub.config.environment import SettingsRefused, load

SECRET = "k7Jq2mXv9RzT4wYb6NcD8fGh1LpS3aEuViOxQyWtZrCnMjHgKl"
REMOTE = {
    "PCNHUB_DATABASE_URL": "postgresql://pcnhub_app:hidden-word@db.example/pcnhub?sslmode=verify-full",
    "PCNHUB_SECRET_KEY": SECRET,
    "PCNHUB_ALLOWED_HOSTS": "hub.example",
    "PCNHUB_BEHIND_PROXY": "true",
}
NATIONAL = {
    "PCNHUB_PDS": "pds-fhir",
    "PCNHUB_PDS_ENVIRONMENT": "live",
    "PCNHUB_PDS_ADDRESS": "https://pds.example/personal-demographics/FHIR/R4",
    "PCNHUB_PDS_TOKEN_ADDRESS": "https://pds.example/oauth2/token",
    "PCNHUB_PDS_API_KEY": "an-api-key",
    "PCNHUB_PDS_KEY_ID": "main-1",
    "PCNHUB_PDS_PRIVATE_KEY": __file__,
}


def refused(variables: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsRefused) as refusal:
        load(variables)
    return refusal.value.reasons


def test_the_national_service_needs_its_key_and_its_sandbox_none() -> None:
    assert load({**REMOTE, **NATIONAL}).pds == "pds-fhir"
    sandbox = {
        "PCNHUB_PDS": "pds-fhir", "PCNHUB_PDS_ENVIRONMENT": "sandbox", "PCNHUB_PDS_ADDRESS": "http://127.0.0.1:9/FHIR/R4",
    }  # fmt: skip
    assert load({**REMOTE, **sandbox}).pds_environment == "sandbox"


def test_nothing_set_is_a_hub_on_this_machine() -> None:
    hub = load({})
    assert (hub.embedded, hub.secure, hub.port) == (True, False, 8000)


def test_a_hub_behind_a_proxy_is_secure() -> None:
    assert load(REMOTE).secure


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PCNHUB_SECRET_KEY": ""}, "PCNHUB_SECRET_KEY"),
        ({"PCNHUB_SECRET_KEY": "short"}, "PCNHUB_SECRET_KEY"),
        ({"PCNHUB_SECRET_KEY": "ab" * 40}, "PCNHUB_SECRET_KEY"),
        ({"PCNHUB_GP_CONNECT_PROXY_WORD": "short"}, "PCNHUB_GP_CONNECT_PROXY_WORD"),
        ({"PCNHUB_GP_CONNECT_SERVICES": "2000012345"}, "PCNHUB_GP_CONNECT_SERVICES"),
        ({"PCNHUB_GP_CONNECT_SERVICES": "Y07108=1,Y07108=2"}, "PCNHUB_GP_CONNECT_SERVICES"),
        ({"PCNHUB_ALLOWED_HOSTS": "*"}, "PCNHUB_ALLOWED_HOSTS"),
        ({"PCNHUB_ALLOWED_HOSTS": ".example"}, "PCNHUB_ALLOWED_HOSTS"),
        ({"PCNHUB_HTTPS": "off"}, "PCNHUB_HTTPS"),
        ({"PCNHUB_BEHIND_PROXY": ""}, "PCNHUB_HTTPS"),
        ({"PCNHUB_TLS_KEY": __file__}, "PCNHUB_TLS_CERTIFICATE"),
        ({"PCNHUB_TLS_KEY": "/no/such/file"}, "PCNHUB_TLS_KEY"),
        ({"PCNHUB_DEBUG": "on"}, "PCNHUB_DEBUG"),
        ({"PCNHUB_DATABASE_URL": "postgresql://pcnhub_app:hidden-word@db.example/pcnhub"}, "PCNHUB_DATABASE_URL"),
        ({"PCNHUB_DATABASE_URL": "mysql://hidden-word"}, "PCNHUB_DATABASE_URL"),
        (
            {"PCNHUB_OWNER_DATABASE_URL": "postgresql://o:hidden-word@db.example/p?sslmode=prefer"},
            "PCNHUB_OWNER_DATABASE_URL",
        ),
        ({**NATIONAL, "PCNHUB_PDS_ENVIRONMENT": ""}, "PCNHUB_PDS_ENVIRONMENT"),
        ({"PCNHUB_PDS": "pds-fhir", "PCNHUB_PDS_ENVIRONMENT": "sandbox"}, "PCNHUB_PDS_ADDRESS"),
        ({**NATIONAL, "PCNHUB_PDS_KEY_ID": ""}, "PCNHUB_PDS_KEY_ID"),
        ({**NATIONAL, "PCNHUB_PDS_API_KEY": ""}, "PCNHUB_PDS_API_KEY"),
        ({**NATIONAL, "PCNHUB_PDS_PRIVATE_KEY": "/no/such/file"}, "PCNHUB_PDS_PRIVATE_KEY"),
        ({"PCNHUB_PDS_ADDRESS": "http://pds.example"}, "PCNHUB_PDS_ADDRESS"),
        ({"PCNHUB_PDS_TOKEN_ADDRESS": "https://pds.example/token/"}, "PCNHUB_PDS_TOKEN_ADDRESS"),
        ({"PCNHUB_PORT": "0"}, "PCNHUB_PORT"),
        ({"PCNHUB_PROT": "1"}, "did you mean PCNHUB_PORT"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(change: dict[str, str], named: Any) -> None:
    reasons = refused({**REMOTE, **change})
    assert len(reasons) == 1, reasons
    assert named in reasons[0]
    assert "hidden-word" not in reasons[0]


def test_all_reasons_come_at_once() -> None:
    reasons = " ".join(
        refused({**REMOTE, "PCNHUB_PORT": "x", "PCNHUB_DEBUG": "on", "PCNHUB_SECRET_KEY": "", "PCNHUB_NO": "1"})
    )
    for name in ("PCNHUB_PORT", "PCNHUB_DEBUG", "PCNHUB_SECRET_KEY", "PCNHUB_NO"):
        assert name in reasons
