"""A PostgreSQL of the proof's own, and databases copied from a migrated template, each thrown away afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pcnhub.foundations.database.embedded import SUPERUSER, EmbeddedPostgres, erase
from pcnhub.foundations.database.roles import APP, OWNER, SUPERUSER_DATABASE, bootstrap
from tests.memory import in_memory

TEMPLATE = "proof_template"


class Database(Protocol):
    """Where a round is played. `environment` is that of a process of the hub on it."""

    @property
    def url(self) -> str: ...
    @property
    def owner_url(self) -> str: ...
    @property
    def superuser_url(self) -> str: ...
    @property
    def environment(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class OwnDatabase:
    url: str
    owner_url: str
    superuser_url: str
    environment: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Place:
    """A running server. `is_durable`: it keeps what it has acknowledged although it is killed, as a hub's does."""

    server: EmbeddedPostgres
    data: Path

    @contextmanager
    def database(self, name: str) -> Iterator[OwnDatabase]:
        """A copy of the template, dropped afterwards; Django points at it meanwhile."""
        from django.db import connections

        _run(self.server, "create database {name} template {template} owner {owner} strategy file_copy", name)
        _run(self.server, "revoke all on database {name} from public", name)
        _run(self.server, "grant connect on database {name} to {app}", name)
        url, owner_url = self.server.url(APP, name), self.server.url(OWNER, name)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PCNHUB_", "PYTEST_"))}
        environment = inherited | {
            "PCNHUB_DATA": str(self.data / f"{name}-data"),
            "PCNHUB_DATABASE_URL": url,
            "PCNHUB_OWNER_DATABASE_URL": owner_url,
            "PCNHUB_SECRET_KEY": os.environ["PCNHUB_SECRET_KEY"],
        }
        connections.close_all()
        point_at(self.server, name)
        try:
            yield OwnDatabase(url, owner_url, self.server.url(SUPERUSER, name), environment)
        finally:
            connections.close_all()
            _run(self.server, "drop database {name} with (force)", name)


@contextmanager
def own_place(*, durable: bool) -> Iterator[Place]:
    """Start a server in a temporary folder and migrate the template. Sets PCNHUB_ in this process's environment."""
    from pcnhub.config.environment import TOOL_VARIABLES

    for name in [name for name in os.environ if name.startswith("PCNHUB_") and name not in TOOL_VARIABLES]:
        del os.environ[name]
    # what is to be kept although the server is killed, is kept on a disk
    data = Path(tempfile.mkdtemp(prefix="pcnhub-proof-", dir=None if durable else in_memory()))
    data.chmod(0o711)  # PostgreSQL's own account must reach it when root proves
    os.environ |= {
        "PCNHUB_DATA": str(data),
        "PCNHUB_SECRET_KEY": secrets.token_hex(32),
        "DJANGO_SETTINGS_MODULE": "pcnhub.config.settings",
    }
    (data / "assets").mkdir()
    try:
        with EmbeddedPostgres(data, durable=durable) as server:
            migrated_template(server)
            yield Place(server, data)
    finally:
        erase(data)
        shutil.rmtree(data, ignore_errors=True)


def migrated_template(server: EmbeddedPostgres) -> None:
    """The database that all others are copies of."""
    bootstrap(server.url(SUPERUSER, SUPERUSER_DATABASE), database=TEMPLATE)
    import django

    django.setup()
    from django.db import connections
    from django.utils import timezone

    from pcnhub.care.organisations.operations import load_reference
    from pcnhub.foundations.database.migrate import migrate

    point_at(server, TEMPLATE)
    migrate(verbosity=0)
    load_reference(now=timezone.now())
    connections.close_all()


def point_at(server: EmbeddedPostgres, name: str) -> None:
    """Let this process speak to that database of that server: the settings were read once, maybe of a server before."""
    from django.db import connections

    for alias, role in (("default", APP), ("owner", OWNER)):
        where = conninfo_to_dict(server.url(role, name))
        connections[alias].settings_dict |= {
            "NAME": name,
            "HOST": where["host"],
            "PORT": where.get("port", ""),
            "USER": where["user"],
            "PASSWORD": where.get("password", ""),
        }


def _run(server: EmbeddedPostgres, statement: str, name: str) -> None:
    with psycopg.connect(server.url(SUPERUSER, SUPERUSER_DATABASE), autocommit=True) as connection:
        connection.execute(
            sql.SQL(statement).format(
                name=sql.Identifier(name),
                template=sql.Identifier(TEMPLATE),
                owner=sql.Identifier(OWNER),
                app=sql.Identifier(APP),
            )
        )
