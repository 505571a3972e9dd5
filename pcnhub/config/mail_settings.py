"""The settings of the mail system that notices leave by, and what makes them unsafe or incomplete together."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from pcnhub.config.addresses import is_loopback, is_service


class MailSettings(BaseModel):
    """Absent altogether: notices are kept, and the page of failures says so."""

    smtp_host: str = Field(
        "",
        description="Name of the mail system (SMTP) that takes the hub's notices. Absent: notices are kept, not sent.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port: 587 for `starttls`, 465 for `tls` as a rule.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way to it is encrypted: `starttls` after the greeting, `tls` from the first byte, `none` on this "
        "machine only.",
    )
    smtp_user: str = Field("", description="The name under which the hub signs in there. Absent: it does not sign in.")
    smtp_password: SecretStr | None = Field(None, description="The password that belongs to PCNHUB_SMTP_USER.")
    smtp_from: str = Field(
        "",
        description="The address that notices come from, as in pcn-hub@example.nhs.uk; needed with PCNHUB_SMTP_HOST.",
        pattern=r"^([^@\s<>]+@[A-Za-z0-9.-]+)?$",
    )
    smtp_authority: Path | None = Field(
        None,
        description="PEM file of the authorities that the mail system's certificate must come from. Absent: this machine's.",
    )
    smtp_seconds: int = Field(
        15, ge=1, le=60, description="How long the mail system may take to answer one step, in seconds."
    )
    watch_hour: int = Field(
        16,
        ge=0,
        le=23,
        description="Hour of the day, London time, at which the hub's managers are told by e-mail what will go wrong tonight.",
    )
    public_address: str = Field(
        "",
        description="Address by which people reach the hub, without / at its end, as in https://hub.example.nhs.uk. Notices link "
        "to it, patients' own links begin with it. Absent: notices say to sign in, and links begin with the address at which "
        "staff work.",
    )

    @field_validator("public_address")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not is_service(value):
            raise ValueError("must be an https address without / at its end (http on this machine only)")
        return value

    @field_validator("smtp_authority")
    @classmethod
    def _readable_authority(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file; give the path of a PEM file that this process may read")
        return value


def unsafe_mail(hub: MailSettings) -> list[str]:
    """What must not go live, a sentence each."""
    if not hub.smtp_host:
        return []
    found = [
        (
            not hub.smtp_from,
            "PCNHUB_SMTP_FROM is missing: PCNHUB_SMTP_HOST needs it.",
        ),
        (
            hub.smtp_tls == "none" and not is_loopback(hub.smtp_host),
            "PCNHUB_SMTP_TLS is none, but PCNHUB_SMTP_HOST is another machine: what is sent could be read on the way. "
            "Set it to starttls or tls.",
        ),
        (
            bool(hub.smtp_user) != bool(hub.smtp_password),
            "PCNHUB_SMTP_USER and PCNHUB_SMTP_PASSWORD belong together: set both or neither.",
        ),
    ]
    return [reason for wrong, reason in found if wrong]
