"""A book that is fought over, opened once for all the games of a process: each plays on a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:  # pytest reads this file before Django is set up: what needs its tables is imported where it is used
    from pcnhub.foundations.database.embedded import EmbeddedPostgres
    from tests.proof.histories.book import Book
    from tests.proof.histories.game import Game


@pytest.fixture(scope="session")
def opened_book(
    postgres: EmbeddedPostgres, template: str, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Book]]:
    """The database of a book of two clinicians that nobody has played on, and the book."""
    from tests.conftest import copied, pointed_at
    from tests.proof.histories.game import heard
    from tests.proof.histories.rounds import open_book

    name, folder = f"book_{uuid4().hex[:12]}", tmp_path_factory.mktemp("book")
    with copied(postgres, template, name):
        with pointed_at(postgres, name, folder, django_db_blocker) as database, heard():
            book = open_book(database, folder, clinicians=2)
        yield name, book


@pytest.fixture
def game(
    opened_book: tuple[str, Book],
    postgres: EmbeddedPostgres,
    database_name: str,
    tmp_path: Path,
    django_db_blocker: Any,
) -> Iterator[Game]:
    from tests.conftest import copied, pointed_at
    from tests.proof.histories.game import Game, heard

    opened, book = opened_book
    with (
        copied(postgres, opened, database_name),
        pointed_at(postgres, database_name, tmp_path / "data", django_db_blocker) as database,
        heard(),
    ):
        yield Game(book, database)
