"""What must not go live: settings that each can be read, and together are unsafe or incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcnhub.config.addresses import SHORTEST_SECRET, encrypted, strong
from pcnhub.config.continuity_settings import unsafe_continuity
from pcnhub.config.mail_settings import unsafe_mail
from pcnhub.config.mesh_settings import unsafe_mesh
from pcnhub.config.sds_settings import unsafe_sds

if TYPE_CHECKING:
    from pcnhub.config.environment import Environment

UNENCRYPTED = "leaves this machine without encryption: add sslmode=verify-full to it (at the least sslmode=require)."


def unsafe(hub: Environment) -> list[str]:
    """What must not go live, a sentence each, naming the setting and the remedy."""
    found: list[tuple[bool, str]] = [
        (
            not hub.embedded and hub.secret_key is None,
            "PCNHUB_SECRET_KEY is missing: with PCNHUB_DATABASE_URL every process needs the same key. Make one with "
            "`python -c 'import secrets; print(secrets.token_urlsafe(64))'`.",
        ),
        (
            hub.secret_key is not None and not strong(hub.secret_key.get_secret_value()),
            f"PCNHUB_SECRET_KEY is too weak: give {SHORTEST_SECRET} or more random characters.",
        ),
        (
            hub.gp_connect_proxy_word is not None and not strong(hub.gp_connect_proxy_word.get_secret_value()),
            f"PCNHUB_GP_CONNECT_PROXY_WORD is too weak: give {SHORTEST_SECRET} or more random characters.",
        ),
        (
            any("*" in name or name.startswith(".") for name in hub.allowed_hosts) or not hub.allowed_hosts,
            "PCNHUB_ALLOWED_HOSTS must list each name in full: a wildcard lets a forged Host header through.",
        ),
        (
            hub.https is False and not hub.this_machine_only,
            "PCNHUB_HTTPS is off, but PCNHUB_HOST or PCNHUB_ALLOWED_HOSTS reaches beyond this machine: passwords and records "
            "would travel in the clear. Turn it on.",
        ),
        (
            hub.secure and not hub.behind_proxy and not (hub.tls_certificate and hub.tls_key),
            "PCNHUB_HTTPS is on, but nothing speaks https: set PCNHUB_TLS_CERTIFICATE and PCNHUB_TLS_KEY, or "
            "PCNHUB_BEHIND_PROXY=true when a proxy in front does.",
        ),
        (
            bool(hub.tls_certificate) != bool(hub.tls_key),
            "PCNHUB_TLS_CERTIFICATE and PCNHUB_TLS_KEY belong together: set both or neither.",
        ),
        (
            bool(hub.gp_connect_client_certificate) != bool(hub.gp_connect_client_key),
            "PCNHUB_GP_CONNECT_CLIENT_CERTIFICATE and PCNHUB_GP_CONNECT_CLIENT_KEY belong together: set both or neither.",
        ),
        (
            hub.debug and (not hub.embedded or not hub.this_machine_only),
            "PCNHUB_DEBUG is on in production: its error pages show records to anyone. Turn it off.",
        ),
        (hub.database_url is not None and not encrypted(hub.database_url), f"PCNHUB_DATABASE_URL {UNENCRYPTED}"),
        (
            hub.owner_database_url is not None and not encrypted(hub.owner_database_url),
            f"PCNHUB_OWNER_DATABASE_URL {UNENCRYPTED}",
        ),
        (
            hub.embedded and hub.owner_database_url is not None,
            "PCNHUB_OWNER_DATABASE_URL is set without PCNHUB_DATABASE_URL: set both, or neither for the embedded database.",
        ),
        *(
            (True, f"PCNHUB_{field.upper()} is missing: PCNHUB_PDS=pds-fhir needs it.")
            for field in _missing_for_pds(hub)
        ),
        *((True, reason) for reason in unsafe_mesh(hub)),
        *((True, reason) for reason in unsafe_mail(hub)),
        *((True, reason) for reason in unsafe_sds(hub)),
        *((True, reason) for reason in unsafe_continuity(hub, hub.data)),
    ]
    return [reason for wrong, reason in found if wrong]


def _missing_for_pds(hub: Environment) -> list[str]:
    if hub.pds != "pds-fhir":
        return []
    needed = ["pds_environment", "pds_address"]
    if hub.pds_environment != "sandbox":
        needed += ["pds_token_address", "pds_api_key", "pds_key_id", "pds_private_key"]
    return [field for field in needed if not getattr(hub, field)]
