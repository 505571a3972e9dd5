"""A PostgreSQL for the tests, with the hub's two roles, so that row security is as real here as in production.

`db` gives a test a transaction that is rolled back, connected as the serving role. What must commit, or run in processes of
its own, takes `fresh_database`. pytest-django's `transactional_db` empties tables afterwards, which the serving role may not
do: don't use it.
"""

import gc
import os
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql

from pcnhub.config.environment import TOOL_VARIABLES
from pcnhub.foundations.database.embedded import SUPERUSER, EmbeddedPostgres, erase
from pcnhub.foundations.database.roles import APP, OWNER, SUPERUSER_DATABASE, bootstrap
from tests.memory import in_memory

# Everything is loaded once and kept: while the tests are gathered there is no garbage, and a third of the time went on looking.
gc.disable()

# Set before anything reads Django's settings. Of pytest-xdist's processes the first one decides; the others inherit.
IS_FIRST_PROCESS = "PYTEST_XDIST_WORKER" not in os.environ
if IS_FIRST_PROCESS:
    for name in [name for name in os.environ if name.startswith("PCNHUB_") and name not in TOOL_VARIABLES]:
        del os.environ[name]
    os.environ["PCNHUB_DATA"] = tempfile.mkdtemp(prefix="pcnhub-tests-", dir=in_memory())
    os.environ["PCNHUB_SECRET_KEY"] = "tests-" + uuid.uuid4().hex + uuid.uuid4().hex
    # What is compiled is kept for the next process: the tests start hundreds of the hub's, and a machine may say otherwise.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["PCNHUB_PORT"] = "9"  # nobody listens there: a probe must not find a demo that happens to run
    Path(os.environ["PCNHUB_DATA"]).chmod(0o711)  # PostgreSQL's own account must reach it when root tests
os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
DATA = Path(os.environ["PCNHUB_DATA"])
(DATA / "assets").mkdir(exist_ok=True)  # what `collectstatic` would fill
TEMPLATE = "pcnhub_template"
LOOPBACK = ("127.", "::1", "localhost")


@dataclass(frozen=True)
class FreshDatabase:
    """A database of one test, migrated and empty; its changes commit."""

    name: str
    url: str
    owner_url: str
    superuser_url: str
    environment: dict[str, str] = field(repr=False)
    """Environment of a `pcnhub` process that works on this database."""


# No test asserts a time, and a busy machine is no fault of an example. `make test` plays the same examples every time, so
# that what it says of a commit holds; `make hunt` plays new and more of them.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("hub", deadline=None, suppress_health_check=SLOW, derandomize=True)
hypothesis.settings.register_profile("hunt", deadline=None, suppress_health_check=SLOW, max_examples=1000)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("hub")
    settings.DATABASES  # noqa: B018 - read now, the settings make pytest-django set Django up


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long journeys first: of two processes, none is left alone with one at the end."""
    long = {name: place for place, name in enumerate(("journeys", "proof", "demo", "cli"))}
    items.sort(key=lambda item: long.get(item.path.relative_to(Path(__file__).parent).parts[0], len(long)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the search for garbage leaves it out from here on."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    if IS_FIRST_PROCESS:
        erase(DATA)
        shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server that all test processes share, with a migrated template."""
    with EmbeddedPostgres(DATA, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres, django_db_blocker: Any) -> str:
    """The name of the migrated database that others are copied from, made by the first process that needs it."""
    superuser = postgres.url(SUPERUSER, SUPERUSER_DATABASE)
    with made_once(postgres, TEMPLATE) as is_first:
        if is_first:
            bootstrap(superuser, database=TEMPLATE)
            from pcnhub.entrances.cli.migrate import bring_up_to_date  # what `pcnhub migrate` does on an empty database

            with django_db_blocker.unblock():
                point_django_at(TEMPLATE)
                bring_up_to_date(verbosity=0)
                connections.close_all()
    return f"{TEMPLATE}_done"


@pytest.fixture(scope="session")
def demo_template(
    postgres: EmbeddedPostgres,
    template: str,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> str:
    """The name of a database with the demo's network, with few patients: the same people, agreements, sessions and gaps."""
    from pcnhub.demo import build, network

    name = "pcnhub_demo"
    with made_once(postgres, name) as is_first, pytest.MonkeyPatch.context() as patch:
        if is_first:
            copy_database(postgres, template, name)
            patch.setattr(network, "PATIENTS_A_PRACTICE", 12)
            with pointed_at(postgres, name, tmp_path_factory.mktemp("demo"), django_db_blocker):
                build.build(now=datetime.now(UTC), say=lambda _: None)
    return f"{name}_done"


@contextmanager
def made_once(postgres: EmbeddedPostgres, name: str) -> Iterator[bool]:
    """The first of all test processes is told so, and makes the database; it goes by the name with `_done` then."""
    with psycopg.connect(postgres.url(SUPERUSER, SUPERUSER_DATABASE), autocommit=True) as turn:
        turn.execute("select pg_advisory_lock(hashtext(%s))", [f"pcnhub.tests.{name}"])
        is_done = turn.execute("select 1 from pg_database where datname = %s", [f"{name}_done"]).fetchone()
        yield not is_done
        if not is_done:
            turn.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(f"{name}_done"))
            )


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str) -> Iterator[None]:
    """Replaces pytest-django's: a copy of the template for this process, reached as the serving role."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    copy_database(postgres, template, name)
    point_django_at(name)
    yield
    connections.close_all()


@pytest.fixture
def database_name() -> str:
    return f"fresh_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def copied_from(template: str) -> str:
    """Which database a fresh one is a copy of: an empty one. A module may say otherwise."""
    return template


@pytest.fixture
def fresh_database(
    database_name: str, postgres: EmbeddedPostgres, copied_from: str, tmp_path: Path, django_db_blocker: Any
) -> Iterator[FreshDatabase]:
    """A database for this test alone, in which its changes commit; Django's "default" and "owner" point at it meanwhile."""
    with (
        copied(postgres, copied_from, database_name),
        pointed_at(postgres, database_name, tmp_path / "data", django_db_blocker) as database,
    ):
        yield database


@contextmanager
def copied(postgres: EmbeddedPostgres, template: str, name: str) -> Iterator[None]:
    """A database that is a copy of another, dropped afterwards."""
    copy_database(postgres, template, name)
    try:
        yield
    finally:
        with psycopg.connect(postgres.url(SUPERUSER, SUPERUSER_DATABASE), autocommit=True) as server:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def pointed_at(postgres: EmbeddedPostgres, name: str, data: Path, django_db_blocker: Any) -> Iterator[FreshDatabase]:
    """Django's "default" and "owner" point at this database; `data` is the folder of its processes."""
    before = connections["default"].settings_dict["NAME"]
    connections.close_all()
    point_django_at(name)
    url, owner_url = postgres.url(APP, name), postgres.url(OWNER, name)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PCNHUB_", "PYTEST_"))}
    environment |= {
        "PCNHUB_DATA": str(data),
        "PCNHUB_DATABASE_URL": url,
        "PCNHUB_OWNER_DATABASE_URL": owner_url,
        "PCNHUB_SECRET_KEY": os.environ["PCNHUB_SECRET_KEY"],
        "PCNHUB_REHEARSAL_HOUR": "-1",  # a worker that a test starts at that very hour has other things to show
    }
    try:
        with django_db_blocker.unblock():
            yield FreshDatabase(name, url, owner_url, postgres.url(SUPERUSER, name), environment)
    finally:
        connections.close_all()
        point_django_at(before)


def copy_database(postgres: EmbeddedPostgres, template: str, name: str) -> None:
    with psycopg.connect(postgres.url(SUPERUSER, SUPERUSER_DATABASE), autocommit=True) as server:
        # the copy of one template waits for another's: two processes would refuse each other
        server.execute("select pg_advisory_lock(hashtext('pcnhub.tests.template'))")
        for statement in (
            "drop database if exists {name} with (force)",
            "create database {name} template {template} owner {owner} strategy file_copy",
            "revoke all on database {name} from public",
            "grant connect on database {name} to {app}",
        ):
            server.execute(
                sql.SQL(statement).format(
                    name=sql.Identifier(name),
                    template=sql.Identifier(template),
                    owner=sql.Identifier(OWNER),
                    app=sql.Identifier(APP),
                )
            )


def point_django_at(name: str) -> None:
    """The dictionaries are shared by the connections of all threads."""
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(autouse=True, scope="session")
def no_outside() -> Iterator[None]:
    """A test that reaches for the network beyond this machine fails, naming the address."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"A test tried to reach {address[0]}: nothing beyond this machine may be needed.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr("django.conf.settings.STORAGES", plain_storages())
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Argon2 as cheap as it can be: its cost is written into each hash, so a served hub checks these just as well."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 8
    Argon2PasswordHasher.parallelism = 1


def plain_storages() -> dict[str, Any]:
    """Front-end files without hashed names: `collectstatic` runs for served hubs only."""
    return {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
