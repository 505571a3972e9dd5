"""What a deployment decides about rehearsing. The settings are in `config/environment.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """`base_url`: where this hub answers itself; `headers`: what its own proxy would add; `path`: of a GP Connect service root;
    `hour`: London hour of the nightly rehearsal, None for never."""

    base_url: str
    headers: dict[str, str]
    path: str
    hour: int | None


def configuration() -> Configuration:
    hub: Any = settings.HUB
    word = hub.gp_connect_proxy_word
    return Configuration(
        base_url=hub.rehearsal_url.rstrip("/") or _own_address(hub),
        headers={"X-PCNHub-Proxy-Word": word.get_secret_value()} if word else {},
        path=settings.GP_CONNECT_PATH,
        hour=hub.rehearsal_hour if hub.rehearsal_hour >= 0 else None,
    )


def _own_address(hub: Any) -> str:
    """By the name under which browsers reach it, where that is https; else the very address that it listens on."""
    if hub.secure:
        return f"https://{hub.allowed_hosts[0]}"
    host = "127.0.0.1" if hub.host in ("0.0.0.0", "::") else hub.host  # noqa: S104 - compared, not listened on
    return f"http://{host}:{hub.port}"
