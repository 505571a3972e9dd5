"""What a deployment decides about the exchange of documents. The settings are in `config/mesh_settings.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Box:
    """The mailbox of one organisation here."""

    ods_code: str
    mailbox: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """`address` is empty where the exchange isn't set up. `routing` is automatic or lookup; `seconds` for one answer,
    `poll_seconds` between two looks into a mailbox, `answer_hours` until a report without an answer is a person's work."""

    address: str = ""
    boxes: tuple[Box, ...] = ()
    shared_key: str = field(default="", repr=False)
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    routing: str = "automatic"
    local_extension: str = "SendDocument-ConsultationReport"
    seconds: float = 60
    poll_seconds: int = 60
    answer_hours: int = 24

    def box_of(self, ods_code: str) -> Box | None:
        """The mailbox of an organisation; None where it has none, or the exchange isn't set up."""
        return next((each for each in self.boxes if each.ods_code == ods_code), None) if self.address else None


def configuration() -> Configuration:
    hub: Any = settings.HUB
    words = hub.mesh_passwords()
    pairs = [each.partition("=")[::2] for each in hub.mesh_mailbox]
    return Configuration(
        address=hub.mesh_url,
        boxes=tuple(Box(ods_code, mailbox, words[mailbox]) for ods_code, mailbox in pairs if mailbox in words),
        shared_key=hub.mesh_shared_key.get_secret_value() if hub.mesh_shared_key else "",
        certificate=hub.mesh_certificate,
        key=hub.mesh_key,
        authority=hub.mesh_authority,
        routing=hub.mesh_routing,
        local_extension=hub.mesh_local_extension,
        seconds=hub.mesh_seconds,
        poll_seconds=hub.mesh_poll_seconds,
        answer_hours=hub.mesh_answer_hours,
    )
