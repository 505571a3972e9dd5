"""`make proof`: let callers loose on appointment books, judge what they were told, keep everything.

    python -m tests.proof.histories --attempts 20000

Rounds of at most 20,000 attempts, each on a book in a database of its own, so that a long run needs no more room than a
short one. Interrupted, it goes on where it was with --resume. Exit code 0: everything holds; 1: it does not; 2: it could not
be tried.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.proof.histories.place import Place
    from tests.proof.histories.verdict import Verdict

ROUND = 20_000
CONTROLS = ("test_linear.py", "test_guards.py", "test_booking_race.py", "test_book_model.py")
HERE = Path(__file__).parents[1]


def main(given: Sequence[str] | None = None) -> int:
    options = parser().parse_args(given)
    run, settings = _run_and_settings(options)
    kills, controls = settings["kills"], settings["controls"]
    try:
        _play(run, settings)
        said = _controls(run) if controls else []
    except KeyboardInterrupt:
        print(f"\nStopped. To go on: python -m tests.proof.histories --resume {run}", file=sys.stderr)
        return 2
    from tests.proof.histories.report import keep_report

    holds = keep_report(run, settings, said)
    left_out = " and ".join(word for word, done in (("kills", kills), ("controls", controls)) if not done)
    print(
        f"{'It holds' if holds else 'IT DOES NOT HOLD'}: {run / 'report.md'}"
        + (f" (without {left_out})" if left_out else "")
    )
    return 0 if holds else 1


def parser() -> argparse.ArgumentParser:
    as_written = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(prog="make proof", description=__doc__, formatter_class=as_written)
    made.add_argument("--attempts", type=int, default=ROUND, help="how many, of all callers together (%(default)s)")
    made.add_argument("--callers", type=int, default=6, help="processes that call at once (%(default)s)")
    made.add_argument(
        "--seed", type=int, default=0, help="of what is tried; the machine decides the order (%(default)s)"
    )
    made.add_argument("--shares", default="", help="of the layers, such as statement=0.9,operation=0.1 (docs/proof.md)")
    made.add_argument("--into", type=Path, default=Path("var/proof"), help="where runs are kept (%(default)s)")
    made.add_argument("--resume", type=Path, help="a run's folder: play the rounds that it lacks")
    made.add_argument("--no-kills", action="store_true", help="leave out the round in which processes are killed")
    made.add_argument("--kill-attempts", type=int, default=600, help="in that round (%(default)s)")
    made.add_argument("--no-controls", action="store_true", help="leave out the negative controls and the model")
    return made


def _run_and_settings(options: argparse.Namespace) -> tuple[Path, dict[str, Any]]:
    if options.resume:
        settings = json.loads((options.resume / "run.json").read_text())
        return options.resume, settings
    run = options.into / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{options.attempts}"
    run.mkdir(parents=True)
    settings = {
        "attempts": options.attempts, "callers": options.callers, "seed": options.seed, "shares": options.shares,
        "kills": 0 if options.no_kills else options.kill_attempts, "controls": not options.no_controls,
    }  # fmt: skip
    (run / "run.json").write_text(json.dumps(settings, indent=1) + "\n")
    return run, settings


def _play(run: Path, settings: dict[str, Any]) -> None:
    """Every round that has no verdict yet."""
    from tests.proof.histories.place import own_place

    rounds = -(-settings["attempts"] // ROUND)
    missing = [number for number in range(rounds) if not (run / _name(number) / "verdict.json").exists()]
    began, done = time.monotonic(), 0
    if missing:
        with own_place(durable=False) as place:
            for number in missing:
                attempts = min(ROUND, settings["attempts"] - number * ROUND)
                verdict = _round(place, run / _name(number), attempts, settings, number)
                done += 1
                _tell(number, rounds, verdict, (time.monotonic() - began) / done * (len(missing) - done))
    if settings["kills"] and not (run / "kills" / "verdict.json").exists():
        with own_place(durable=True) as place:
            from tests.proof.histories.kills import killing_round

            _tell(
                0,
                1,
                killing_round(place, run / "kills", seed=settings["seed"], attempts=settings["kills"]),
                0,
                what="kills",
            )


def _round(place: Place, folder: Path, attempts: int, settings: dict[str, Any], number: int) -> Verdict:
    from tests.proof.histories.report import keep_verdict
    from tests.proof.histories.rounds import SHARES, played

    shutil.rmtree(folder, ignore_errors=True)  # of a round that was interrupted
    with place.database(f"proof_{number}") as database:
        verdict = played(
            database, folder, attempts=attempts, seed=settings["seed"] * 100_000 + number, number=settings["callers"],
            shares=settings["shares"] or SHARES,
        )  # fmt: skip
    for path in folder.glob("*.jsonl"):
        with path.open("rb") as plain, gzip.open(path.with_suffix(".jsonl.gz"), "wb") as packed:
            shutil.copyfileobj(plain, packed)
        path.unlink()
    keep_verdict(folder, verdict)
    return verdict


def _name(number: int) -> str:
    return f"round-{number:05d}"


def _tell(number: int, rounds: int, verdict: Verdict, left: float, what: str = "round") -> None:
    rate = verdict.attempts / verdict.seconds if verdict.seconds else 0
    print(
        f"{what} {number + 1} of {rounds}: {verdict.attempts:,} attempts in {verdict.seconds:.0f} s ({rate:.0f}/s), "
        f"{verdict.outcomes.get('book done', 0):,} booked, "
        f"{'no faults' if verdict.holds else f'FAULTS: {sum(map(len, verdict.faults.values()))}'}"
        + (f"; {left / 60:.0f} minutes to go" if left else ""),
        flush=True,
    )


def _controls(run: Path) -> list[tuple[str, str]]:
    """The negative controls and the model, as pytest says."""
    said = run / "controls.xml"
    # the tests choose their own server, before anything reads the settings
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PCNHUB_", "DJANGO_"))}
    files = [HERE / name for name in CONTROLS if (HERE / name).exists()]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={said.absolute()}", *files],
        env=environment,
        stdout=subprocess.DEVNULL, cwd=HERE.parents[1], check=False,
    )  # fmt: skip
    found = []
    for case in ET.parse(said).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        wrong = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found.append((str(case.get("name")).removeprefix("test_").replace("_", " "), wrong[0] if wrong else "passed"))
    return found


if __name__ == "__main__":
    sys.exit(main())
