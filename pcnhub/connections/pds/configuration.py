"""What a deployment decides about asking the national service. The settings are in `config/environment.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """`environment` is sandbox, int or live. Without `token_address` no token is sent (the sandbox). `rate` is in requests a
    second, over all processes; `seconds` for one answer, `batch_seconds` for the whole wait of a trace of many."""

    environment: str
    address: str
    token_address: str = ""
    api_key: str = field(default="", repr=False)
    key_id: str = ""
    private_key: Path | None = None
    seconds: float = 8
    batch_seconds: float = 300
    rate: int = 5


def configuration() -> Configuration:
    hub: Any = settings.HUB
    return Configuration(
        environment=hub.pds_environment or "",
        address=hub.pds_address,
        token_address=hub.pds_token_address,
        api_key=hub.pds_api_key.get_secret_value() if hub.pds_api_key else "",
        key_id=hub.pds_key_id,
        private_key=hub.pds_private_key,
        seconds=hub.pds_seconds,
        batch_seconds=hub.pds_batch_minutes * 60,
        rate=hub.pds_rate,
    )
