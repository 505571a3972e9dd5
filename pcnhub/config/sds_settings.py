"""The settings of the national directory (SDS), and what makes them unsafe or incomplete together."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from pcnhub.config.addresses import is_loopback, is_service


class SdsSettings(BaseModel):
    """Absent altogether: the directory is not asked, and what it would prove is attested by a person."""

    sds_url: str = Field(
        "",
        description="Address of the Spine Directory Service's FHIR API, without / at its end, as in "
        "https://api.service.nhs.uk/spine-directory/FHIR/R4. Absent: the directory is not asked, unless PCNHUB_SDS_LDAP_URL is "
        "set.",
    )
    sds_key: SecretStr | None = Field(
        None, description="The API key of this application there; needed with PCNHUB_SDS_URL, except in the sandbox."
    )
    sds_ldap_url: str = Field(
        "",
        description="Address of the directory by LDAP instead, as in ldaps://ldap.example.nhs.uk (port 636 where none is given). "
        "ldap:// is encrypted by StartTLS.",
    )
    sds_ldap_starttls: bool = Field(
        True, description="Whether ldap:// is encrypted by StartTLS before anything is asked. Off on this machine only."
    )
    sds_ldap_base: str = Field(
        "ou=services,o=nhs",
        description="The part of the directory in which systems and endpoints stand.",
        pattern=r"^[A-Za-z0-9 ,=._-]{1,200}$",
    )
    sds_ldap_certificate: Path | None = Field(
        None, description="PEM certificate chain that this hub shows the directory over LDAP (mutual TLS)."
    )
    sds_ldap_key: Path | None = Field(None, description="PEM private key that belongs to PCNHUB_SDS_LDAP_CERTIFICATE.")
    sds_ldap_authority: Path | None = Field(
        None,
        description="PEM file of the authorities that the directory's certificate must come from over LDAP. Absent: this "
        "machine's.",
    )
    sds_seconds: int = Field(
        5, ge=1, le=30, description="How long the directory may take to answer one look-up, in seconds."
    )

    @field_validator("sds_url")
    @classmethod
    def _encrypted_to_the_directory(cls, value: str) -> str:
        if value and not is_service(value):
            raise ValueError("must be an https address without / at its end (http on this machine only)")
        return value

    @field_validator("sds_ldap_url")
    @classmethod
    def _an_ldap_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (
            parts.scheme not in ("ldap", "ldaps") or not parts.hostname or parts.path or parts.query or parts.username
        ):
            raise ValueError("must be ldaps://HOST or ldap://HOST, with a port where it is not the usual one")
        return value

    @field_validator("sds_ldap_certificate", "sds_ldap_key", "sds_ldap_authority")
    @classmethod
    def _a_file_to_read(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file; give the path of a PEM file that this process may read")
        return value


def unsafe_sds(hub: SdsSettings) -> list[str]:
    """What must not go live, a sentence each, naming the setting and the remedy."""
    web, ldap = urlsplit(hub.sds_url), urlsplit(hub.sds_ldap_url)
    is_open = web.scheme == "http" or (web.hostname or "").startswith("sandbox.")
    found = [
        (
            bool(hub.sds_url and hub.sds_ldap_url),
            "PCNHUB_SDS_URL and PCNHUB_SDS_LDAP_URL are both set: the directory is asked one way. Leave one out.",
        ),
        (
            bool(hub.sds_url) and not is_open and hub.sds_key is None,
            "PCNHUB_SDS_KEY is missing: PCNHUB_SDS_URL needs it, except in the sandbox.",
        ),
        (
            ldap.scheme == "ldap" and not hub.sds_ldap_starttls and not is_loopback(ldap.hostname or ""),
            "PCNHUB_SDS_LDAP_STARTTLS is off, but PCNHUB_SDS_LDAP_URL is another machine: what is asked and answered could be "
            "changed on the way. Turn it on, or use ldaps://.",
        ),
        (
            bool(hub.sds_ldap_certificate) != bool(hub.sds_ldap_key),
            "PCNHUB_SDS_LDAP_CERTIFICATE and PCNHUB_SDS_LDAP_KEY belong together: set both or neither.",
        ),
    ]
    return [reason for wrong, reason in found if wrong]
