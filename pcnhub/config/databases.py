"""Django's database aliases: "default" serves, "owner" migrates."""

from typing import Any

from pydantic import SecretStr

from pcnhub.config.addresses import database_parts
from pcnhub.config.environment import Environment
from pcnhub.foundations.database.embedded import EmbeddedPostgres
from pcnhub.foundations.database.roles import APP, OWNER


def databases(hub: Environment) -> dict[str, dict[str, Any]]:
    """The aliases that the settings allow: "owner" only where its address is known."""
    if hub.database_url is None:
        server = EmbeddedPostgres(hub.data)
        return {"default": alias(SecretStr(server.url(APP))), "owner": alias(SecretStr(server.url(OWNER)))}
    known = {"default": alias(hub.database_url)}
    if hub.owner_database_url is not None:
        known["owner"] = alias(hub.owner_database_url)
    return known


def alias(url: SecretStr) -> dict[str, Any]:
    """One alias of Django's DATABASES for this address."""
    parts = database_parts(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {"application_name": "pcnhub", **parts},
        "CONN_MAX_AGE": None,  # one connection a thread, kept: connecting costs more than most pages
        "CONN_HEALTH_CHECKS": True,
    }
