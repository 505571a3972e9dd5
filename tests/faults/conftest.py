"""A ready network, made once for all test processes; each fault breaks a copy, and is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import copied, copy_database, made_once, pointed_at

if TYPE_CHECKING:
    from pcnhub.foundations.database.embedded import EmbeddedPostgres
    from tests.faults.ready import Ready


@pytest.fixture(scope="session")
def ready_template(
    postgres: EmbeddedPostgres,
    template: str,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> str:
    """The name of a database with the demo's network, of which nothing is left undone."""
    from tests.faults import ready

    name = "pcnhub_ready"
    with made_once(postgres, name) as is_first:
        if is_first:
            copy_database(postgres, template, name)
            folder = tmp_path_factory.mktemp("ready")
            with pointed_at(postgres, name, folder / "data", django_db_blocker):
                ready.make(folder)
    return f"{name}_done"


@pytest.fixture(scope="module")
def network(
    request: pytest.FixtureRequest,
    postgres: EmbeddedPostgres,
    ready_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
) -> Iterator[Ready]:
    """A copy of it for the faults of one module."""
    from tests.faults.ready import Ready

    name = f"faults_{request.module.__name__.rpartition('.')[2]}"
    with (
        copied(postgres, ready_template, name),
        pointed_at(postgres, name, tmp_path_factory.mktemp("faults"), django_db_blocker),
    ):
        yield Ready.found()
