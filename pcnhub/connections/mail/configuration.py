"""What a deployment decides about e-mail. The settings are in `config/mail_settings.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """`tls` is starttls, tls or none; `address` is the hub's own, for links. Without `host` nothing leaves."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None
    address: str = ""
    seconds: float = 15

    @property
    def is_set(self) -> bool:
        return bool(self.host)


NOT_SET = (
    "This installation has no mail system yet: e-mails are kept, and leave once there is one. Until then, telephone. "
    "Who can set it: whoever runs this installation (PCNHUB_SMTP_HOST)."
)


def why_nothing_leaves() -> str:
    """For pages that promise an e-mail: why none leaves at present, what to do and who can; empty where they do leave."""
    return "" if configuration().is_set else NOT_SET


def configuration() -> Configuration:
    hub: Any = settings.HUB
    return Configuration(
        host=hub.smtp_host,
        port=hub.smtp_port,
        tls=hub.smtp_tls,
        sender=hub.smtp_from,
        user=hub.smtp_user,
        password=hub.smtp_password.get_secret_value() if hub.smtp_password else "",
        authority=hub.smtp_authority,
        address=hub.public_address,
        seconds=hub.smtp_seconds,
    )
