"""One round: a book in a database of its own, callers let loose on it, then the judgement."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests.proof.histories.attempts import Attempt, history
from tests.proof.histories.book import Book, made_book
from tests.proof.histories.hearing import TABLE, wire
from tests.proof.histories.place import Database

CALLERS = 6
CLINICIANS = 4
SHARES = "statement=0.75,operation=0.25"


def open_book(database: Database, folder: Path, *, clinicians: int = CLINICIANS) -> Book:
    """Make the book in an empty, migrated database to which Django points, and keep it for the callers."""
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(TABLE)
    wire()
    book = made_book(clinicians=clinicians, now=datetime.now(UTC))
    book.keep(folder / "book.pickle")
    return book


def callers(
    database: Database,
    folder: Path,
    *,
    attempts: int,
    seed: int,
    number: int = CALLERS,
    shares: str = SHARES,
    tag: str = "",
) -> subprocess.Popen[bytes]:
    """Let the callers loose; `attempts` of all together."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.proof.histories.caller", "--round", folder, "--callers", str(number),
         "--attempts", str(-(-attempts // number)), "--seed", str(seed), "--shares", shares, "--tag", tag],
        env={**database.environment, "PROOF_OBSERVER_URL": database.superuser_url},
        stderr=(folder / f"callers-{tag or 'all'}.stderr").open("wb"),
    )  # fmt: skip


def what_was_tried(folder: Path) -> tuple[Attempt, ...]:
    return history(sorted(folder.glob("caller-*.jsonl*")))
