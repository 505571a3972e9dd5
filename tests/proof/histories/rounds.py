"""One round: a book in a database of its own, callers let loose on it, then the judgement."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.foundations.audit.chain import chains, verify
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, system_actor
from tests.proof.histories import ledger
from tests.proof.histories.attempts import OVER_HTTP, Attempt, history
from tests.proof.histories.book import Book, made_book
from tests.proof.histories.hearing import TABLE, wire
from tests.proof.histories.place import Database
from tests.proof.histories.verdict import CHAIN, Verdict, judged

CALLERS = 6
CLINICIANS = 4
SHARES = "statement=0.9,operation=0.045,patient=0.01,gp-connect=0.03,gp-connect-http=0.012,patient-door=0.003"


class CallersFailed(RuntimeError):
    """A caller ended by itself: the proof's own fault, no verdict."""


def played(
    database: Database, folder: Path, *, attempts: int, seed: int, number: int = CALLERS, shares: str = SHARES
) -> Verdict:
    """A whole round without anybody being killed: book, callers, news worked off, judgement."""
    book = open_book(database, folder)
    with served(database, folder) if any(each in shares for each in OVER_HTTP) else nullcontext(0) as door:
        if callers(database, folder, attempts=attempts, seed=seed, number=number, shares=shares, door=door).wait():
            raise CallersFailed((folder / "callers-all.stderr").read_text()[-2000:])
    work_off()
    verdict = judged(what_was_tried(folder), ledger.read(database.superuser_url), shares=book.shares)
    verdict.faults[CHAIN] = list(broken_chains())
    return verdict


@contextmanager
def served(database: Database, folder: Path) -> Iterator[int]:
    """A hub that serves this database, as it is deployed: its port."""
    port = free_port()
    with (folder / "web.stderr").open("wb") as errors:
        web = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.histories.web"],
            env={**database.environment, "PCNHUB_PORT": str(port), "PCNHUB_LOG_LEVEL": "WARNING"},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            wait_for(port)
            yield port
        finally:
            web.terminate()
            web.wait(60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError("the web server does not answer")


def work_off(*, after_leases: bool = False) -> None:
    """Let the news be heard, by a worker of this process; also what somebody who was killed had claimed."""
    later = timedelta(hours=2) if after_leases else timedelta()
    Worker("proof", actor_for_worker).drain(now=datetime.now(UTC) + later)


def actor_for_worker(organisation_id: int, request_id: str) -> Actor:
    return system_actor_for(organisation_id=organisation_id, request_id=request_id)


def broken_chains() -> Iterator[str]:
    """Where the audit of an organisation is not as it was written."""
    for organisation_id in sorted(chains()):
        found = verify(actor=system_actor(name="proof", organisation=OrganisationRef(organisation_id, "", "", "")))
        for break_ in found.breaks:
            yield f"organisation {organisation_id}, row {break_.sequence}: {break_.fault}: {break_.explanation}"


def open_book(database: Database, folder: Path, *, clinicians: int = CLINICIANS, with_doors: bool = False) -> Book:
    """Make the book in an empty, migrated database to which Django points, and keep it for the callers.

    `with_doors`: somebody of each organisation is signed in, for callers who come over HTTP.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(TABLE)
    wire()
    book = made_book(clinicians=clinicians, now=datetime.now(UTC))
    if with_doors:
        book.sessions.update(signed_in(book))
    book.keep(folder / "book.pickle")
    return book


def signed_in(book: Book) -> dict[str, str]:
    from tests.entrances.client import signed_in_as

    return {
        desk.actor.organisation.ods_code: signed_in_as(desk.actor).cookies["pcnhub-session"].value
        for desk in book.desks
    }


def callers(
    database: Database,
    folder: Path,
    *,
    attempts: int,
    seed: int,
    number: int = CALLERS,
    shares: str = SHARES,
    tag: str = "",
    door: int = 0,
) -> subprocess.Popen[bytes]:
    """Let the callers loose; `attempts` of all together. `door`: the port of a hub that serves."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.proof.histories.caller", "--round", folder, "--callers", str(number),
         "--attempts", str(-(-attempts // number)), "--seed", str(seed), "--shares", shares, "--tag", tag, "--door", str(door)],
        env={**database.environment, "PROOF_OBSERVER_URL": database.superuser_url},
        stderr=(folder / f"callers-{tag or 'all'}.stderr").open("wb"),
    )  # fmt: skip


def what_was_tried(folder: Path) -> tuple[Attempt, ...]:
    return history(sorted(folder.glob("caller-*.jsonl*")))
