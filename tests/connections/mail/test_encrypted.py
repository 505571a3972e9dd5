"""STARTTLS to a real mail system, with its own authority; settings that must not go live; and the command that tries it out."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner

from pcnhub.config.environment import SettingsRefused, load
from pcnhub.connections.mail import configuration
from pcnhub.connections.mail.client import NotTaken, line
from pcnhub.connections.mail.configuration import Configuration
from pcnhub.entrances.cli import hub, mail
from tests.cast import NOW
from tests.connections.mail.post_office import post_office


def settings_of(port: int, authority: Path | None, **more: Any) -> Configuration:
    return Configuration(
        "localhost", port, "starttls", "pcn-hub@example.nhs.uk", authority=authority, seconds=5, **more
    )


def deliver(wanted: Configuration) -> None:
    with line(wanted) as open_line:
        open_line.send(to="ada@example.nhs.uk", subject="s", body="b", message_id="<1@example.nhs.uk>", at=NOW)


def test_encrypted_signed_in_and_only_with_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    ours, others = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("localhost").configure_cert(context)
    trusted, untrusted = tmp_path / "ours.pem", tmp_path / "others.pem"
    ours.cert_pem.write_to_path(str(trusted))
    others.cert_pem.write_to_path(str(untrusted))

    def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"hub", b"word"), handled=False)

    with post_office(tls_context=context, require_starttls=True, authenticator=sign_in, auth_required=True) as office:
        deliver(settings_of(office.port, trusted, user="hub", password="word"))
        with pytest.raises(NotTaken, match="not to be trusted"):
            deliver(settings_of(office.port, untrusted, user="hub", password="word"))
        with pytest.raises(NotTaken, match="PCNHUB_SMTP_PASSWORD") as refused:
            deliver(settings_of(office.port, trusted, user="hub", password="wrong"))
        assert refused.value.is_away
    assert len(office.letters) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"PCNHUB_SMTP_TLS": "none"}, "could be read on the way"),
        ({"PCNHUB_SMTP_FROM": ""}, "PCNHUB_SMTP_FROM is missing"),
        ({"PCNHUB_SMTP_USER": "hub"}, "set both or neither"),
        ({"PCNHUB_PUBLIC_ADDRESS": "http://hub.example.nhs.uk"}, "must be an https address"),
    ],
)
def test_settings_that_must_not_go_live(more: dict[str, str], said: str) -> None:
    safe = {"PCNHUB_SMTP_HOST": "mail.example.nhs.uk", "PCNHUB_SMTP_FROM": "pcn-hub@example.nhs.uk"}
    assert load(safe).smtp_tls == "starttls"
    with pytest.raises(SettingsRefused, match=said):
        load({**safe, **more})


def test_the_command_says_what_the_mail_system_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "opened_hub", nullcontext)
    wanted: list[Configuration] = [Configuration("", 0, "none", "")]
    monkeypatch.setattr(configuration, "configuration", lambda: wanted[0])

    def run(*arguments: str) -> tuple[int, str]:
        answer = CliRunner().invoke(mail.command, ["check", *arguments])
        return answer.exit_code, answer.output

    assert run("--to", "ada@example.nhs.uk") == (
        1,
        "No mail system is set. Notices are kept until PCNHUB_SMTP_HOST and PCNHUB_SMTP_FROM are set.\n",
    )
    assert run("--to", "nobody")[0] == 2
    with post_office() as office:
        wanted[0] = Configuration("127.0.0.1", office.port, "none", "pcn-hub@example.nhs.uk", seconds=5)
        code, said = run("--to", "ada@example.nhs.uk")
        assert (code, "unencrypted, on this machine" in said) == (0, True)
        office.recipient_answer = "550 nobody here"
        assert run("--to", "ada@example.nhs.uk") == (
            1,
            "Not taken (smtp-550). The mail system does not take letters for this address.\n",
        )
