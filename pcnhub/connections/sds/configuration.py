"""What a deployment decides about asking the national directory. The settings are in `config/sds_settings.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """`address` (FHIR) or `ldap_address`, one of them at the most; both empty: the directory is not asked. `seconds` for one
    answer. PEM files: `certificate` and `key` are shown over LDAP, `authority` is trusted there alone."""

    address: str = ""
    api_key: str = field(default="", repr=False)
    ldap_address: str = ""
    ldap_base: str = "ou=services,o=nhs"
    ldap_starttls: bool = True
    ldap_certificate: Path | None = None
    ldap_key: Path | None = None
    ldap_authority: Path | None = None
    seconds: float = 5

    @property
    def driver(self) -> str:
        """fhir, ldap, or nothing."""
        return "fhir" if self.address else "ldap" if self.ldap_address else ""


def configuration() -> Configuration:
    hub: Any = settings.HUB
    return Configuration(
        address=hub.sds_url,
        api_key=hub.sds_key.get_secret_value() if hub.sds_key else "",
        ldap_address=hub.sds_ldap_url,
        ldap_base=hub.sds_ldap_base,
        ldap_starttls=hub.sds_ldap_starttls,
        ldap_certificate=hub.sds_ldap_certificate,
        ldap_key=hub.sds_ldap_key,
        ldap_authority=hub.sds_ldap_authority,
        seconds=hub.sds_seconds,
    )
