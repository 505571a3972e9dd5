"""The figures as a table on the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.measuring import Figure

_BEGIN, _END = "<!-- the latest table -->", "<!-- end of the table -->"
_CORES = {1: "one core", 2: "two cores", 4: "four cores", 8: "eight cores"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its figures, when it was, how many seconds it took, and how busy the machine was with other things.

    `load` counts the processes that wanted a core, on average over the run, this one's own included.
    """

    figures: tuple[Figure, ...]
    at: datetime
    seconds: float
    load: float
    is_quick: bool

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.aim is not None and not figure.aim.is_met]

    @property
    def heading(self) -> str:
        kind = "a quick run" if self.is_quick else "a full run"
        return f"{self.at:%-d %B %Y}: {kind} of {self.seconds:.0f} s. {machine()}{self._busy}"

    @property
    def _busy(self) -> str:
        cores = len(os.sched_getaffinity(0))
        if self.load < cores + 1:
            return "."
        return (
            f". The cores were wanted by {self.load:.0f} processes at once, so times are longer than the hub's own; "
            "ratios and processor time hold."
        )


def machine() -> str:
    """The machine in general words: nothing that names it."""
    cores = len(os.sched_getaffinity(0))
    words = _CORES.get(cores, f"{cores} cores").capitalize()
    return f"{words}, {platform.system()}, Python {platform.python_version()}; PostgreSQL and all clients on the same cores"


def show(run: Run) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    table = Table("What", "Here", "Reference", "Times as long", "Aim", title=run.heading, show_lines=True)
    for column in (1, 2, 3):
        table.columns[column].justify = "right"
    for figure in run.figures:
        table.add_row(
            figure.what, _time(figure.ours, figure.unit), f"{_time(figure.reference, figure.unit)}\n{figure.beside}",
            _times(figure), _aim(figure),
        )  # fmt: skip
    console.print(table)
    for line in (*_verdict(run), "", *_details(run)):
        console.print(line, highlight=False, markup=False)


def markdown(run: Run) -> str:
    rows = [
        f"| {figure.what} | {_time(figure.ours, figure.unit)} | {_time(figure.reference, figure.unit)}, {figure.beside} "
        f"| {_times(figure)} | {_aim(figure)} |"
        for figure in run.figures
    ]
    table = ["| What | Here | Reference | Times as long | Aim |", "|---|--:|--:|--:|---|", *rows]
    return "\n".join([run.heading, "", *table, "", *_verdict(run), "", *_details(run)]) + "\n"


def write(run: Run, folder: Path) -> tuple[Path, Path]:
    """`bench.json` and `bench.md` of the latest run, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_text = folder / "bench.json", folder / "bench.md"
    content = asdict(run) | {
        "at": run.at.isoformat(),
        "machine": machine(),
        "figures": [_plain(each) for each in run.figures],
    }
    as_json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    as_text.write_text(markdown(run), encoding="utf-8")
    return as_json, as_text


def put_into(document: Path, text: str, *, between: tuple[str, str] = (_BEGIN, _END)) -> None:
    """Replaces the table of a document that has a place for it."""
    begin, end = between
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise LookupError(f"{document.name} has no place for the table: {begin} ... {end}")
    document.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def _verdict(run: Run) -> list[str]:
    if not run.missed:
        return ["Every aim is met."]
    return [
        f"- Aim missed: {figure.what}. What holds it: {'; '.join([*figure.goes[:3], *figure.notes[:1]])}."
        for figure in run.missed
    ]


def _details(run: Run) -> list[str]:
    lines = ["Where the time goes:", ""]
    for figure in run.figures:
        lines.append(f"- {figure.what}")
        lines += [f"    - {note}" for note in figure.notes]
        if figure.goes:
            lines.append(f"    - of the time: {'; '.join(figure.goes)}")
    return lines


def _plain(figure: Figure) -> dict[str, Any]:
    return asdict(figure) | {"ratio": figure.ratio, "is_met": figure.aim.is_met if figure.aim else None}


def _times(figure: Figure) -> str:
    spread = f" ({_short(figure.spread[0])} to {_short(figure.spread[1])})" if figure.spread else ""
    return f"{_short(figure.ratio)}{spread}"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 20 else f"{value:.0f}"


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    return f"{'met' if figure.aim.is_met else 'MISSED'}: {figure.aim.words}; {_time(figure.aim.given, figure.unit)}"


def _time(value: float, unit: str) -> str:
    if unit == "MB":
        return f"{value:,.0f} MB"
    if unit == "s":
        return f"{value:.1f} s"
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"
