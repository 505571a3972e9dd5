"""What a deployment decides about calling other systems over GP Connect. The settings are in `config/environment.py`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from pcnhub.foundations.fhir.media import Media


@dataclass(frozen=True, slots=True)
class Configuration:
    """`certificate`, `key` and `authorities` are PEM files of mutual TLS; `spine_proxy` stands before each service root;
    `address` is this system's own, for `iss`. `is_secure`: browsers reach this system by https, as in production. Seconds."""

    seconds: float = 20
    search_seconds: float = 3
    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    spine_proxy: str = ""
    address: str = "https://pcnhub.invalid"
    media: Media = Media.JSON
    version: str = ""
    is_secure: bool = True


def configuration() -> Configuration:
    hub: Any = settings.HUB
    scheme = "https" if hub.secure else "http"
    return Configuration(
        seconds=hub.gp_connect_client_seconds,
        search_seconds=hub.gp_connect_search_seconds,
        certificate=hub.gp_connect_client_certificate,
        key=hub.gp_connect_client_key,
        authorities=hub.gp_connect_client_authorities,
        spine_proxy=hub.gp_connect_spine_proxy.rstrip("/"),
        address=f"{scheme}://{hub.allowed_hosts[0]}",
        media=Media.XML if hub.gp_connect_client_format == "xml" else Media.JSON,
        version=settings.GP_CONNECT_VERSION,
        is_secure=hub.secure,
    )
