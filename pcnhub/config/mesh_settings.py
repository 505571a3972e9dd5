"""The settings of the hub's mailboxes for documents (MESH), and what makes them unsafe or incomplete together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from pcnhub.config.addresses import is_service

NEEDED = ("mesh_url", "mesh_mailbox", "mesh_password", "mesh_shared_key")
NEEDED_WITH_TLS = ("mesh_certificate", "mesh_key")


class MeshSettings(BaseModel):
    """Absent altogether: nothing is sent or fetched, and what should be sent waits and says so."""

    mesh_url: str = Field(
        "",
        description="Address of the message exchange, without / at its end, as in https://mesh-sync.spineservices.nhs.uk. "
        "Absent: no document is sent or fetched, and what should be sent waits.",
    )
    mesh_mailbox: tuple[str, ...] = Field(
        (),
        description="ODS_CODE=MAILBOX for each organisation here that has a mailbox of its own, separated by commas, as in "
        "Y07108=Y07OT001.",
    )
    mesh_password: SecretStr | None = Field(
        None,
        description="Password of the mailbox; with several, MAILBOX=PASSWORD of each, separated by spaces.",
    )
    mesh_shared_key: SecretStr | None = Field(
        None, description="The key that the exchange shares with all its users in one environment."
    )
    mesh_certificate: Path | None = Field(
        None, description="PEM certificate chain that this hub shows the exchange (mutual TLS)."
    )
    mesh_key: Path | None = Field(None, description="PEM private key that belongs to PCNHUB_MESH_CERTIFICATE.")
    mesh_authority: Path | None = Field(
        None,
        description="PEM file of the authorities that the exchange's certificate must come from. Absent: those that the "
        "national environments use, known by PCNHUB_MESH_URL.",
    )
    mesh_routing: Literal["automatic", "lookup"] = Field(
        "automatic",
        description="How a report finds its practice: `automatic` has the exchange send it to where the person is registered, "
        "as GP Connect asks; `lookup` asks the exchange for the mailbox of the practice that was traced.",
    )
    mesh_local_extension: str = Field(
        "SendDocument-ConsultationReport",
        description="What LocalExtension of a report says: the requirement's word, or `SendDocument-ConsultationSummary`, the "
        "published sample's.",
        pattern=r"^[A-Za-z0-9-]{1,64}$",
    )
    mesh_seconds: int = Field(
        60, ge=5, le=100, description="How long the exchange may take to answer one request, in seconds."
    )
    mesh_poll_seconds: int = Field(
        60,
        ge=5,
        le=3600,
        description="How often the mailboxes are looked into, in seconds; the exchange asks for 60 or more.",
    )
    mesh_answer_hours: int = Field(
        24,
        ge=1,
        le=24 * 14,
        description="How many hours after it was sent a report without both acknowledgements becomes work for a person.",
    )

    @field_validator("mesh_mailbox", mode="before")
    @classmethod
    def _apart(cls, value: object) -> object:
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value

    @field_validator("mesh_mailbox")
    @classmethod
    def _one_mailbox_an_organisation(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[A-Z0-9]{3,8}=[A-Z0-9]{3,40}", each) for each in value):
            raise ValueError("write it as Y07108=Y07OT001, separated by commas")
        if len({each.partition("=")[0] for each in value}) < len(value):
            raise ValueError("an organisation has one mailbox at the most")
        if len({each.partition("=")[2] for each in value}) < len(value):
            raise ValueError("a mailbox belongs to one organisation")
        return value

    @field_validator("mesh_url")
    @classmethod
    def _encrypted_to_the_exchange(cls, value: str) -> str:
        if value and not is_service(value):
            raise ValueError("must be an https address without / at its end (http on this machine only)")
        return value

    @field_validator("mesh_certificate", "mesh_key", "mesh_authority")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file; give the path of a PEM file that this process may read")
        return value

    def mesh_passwords(self) -> dict[str, str]:
        """The password of each mailbox; a mailbox without one is not in it."""
        given = self.mesh_password.get_secret_value().split() if self.mesh_password else []
        mailboxes = [each.partition("=")[2] for each in self.mesh_mailbox]
        if len(given) == 1 and len(mailboxes) == 1:
            return {mailboxes[0]: given[0].removeprefix(f"{mailboxes[0]}=")}
        named = {name: word for name, _, word in (each.partition("=") for each in given) if word}
        return {each: named[each] for each in mailboxes if each in named}


def unsafe_mesh(hub: MeshSettings) -> list[str]:
    """What must not go live, a sentence each, naming the setting and the remedy."""
    given = [name for name in (*NEEDED, *NEEDED_WITH_TLS) if getattr(hub, name)]
    if not given:
        return []
    needed = NEEDED if urlsplit(hub.mesh_url).scheme == "http" else NEEDED + NEEDED_WITH_TLS
    found = [
        f"PCNHUB_{name.upper()} is missing: {', '.join(f'PCNHUB_{each.upper()}' for each in needed)} belong together."
        for name in needed
        if not getattr(hub, name)
    ]
    without = [
        each.partition("=")[2] for each in hub.mesh_mailbox if each.partition("=")[2] not in hub.mesh_passwords()
    ]
    if hub.mesh_password and without:
        found.append(f"PCNHUB_MESH_PASSWORD has no password for {', '.join(without)}: add MAILBOX=PASSWORD.")
    if bool(hub.mesh_certificate) != bool(hub.mesh_key) and urlsplit(hub.mesh_url).scheme == "http":
        found.append("PCNHUB_MESH_CERTIFICATE and PCNHUB_MESH_KEY belong together: set both or neither.")
    return found
