"""The nation's figures as Markdown and as a picture."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from tests.bench.national.figures import Row
from tests.bench.national.world import Nation
from tests.bench.report import machine

BEGIN, END = "<!-- the nation's table -->", "<!-- end of the nation's table -->"
_INK, _OURS, _OTHER, _AIM = "#212b32", "#005eb8", "#aeb7bd", "#d5281b"
_WIDE, _LINE, _LEFT = 720, 30, 250


def markdown(rows: Sequence[Row], nation: Nation, *, at: datetime, seconds: float, load: float, is_quick: bool) -> str:
    kind = "a quick run, for a look" if is_quick else "a full run"
    lines = [
        f"{at:%-d %B %Y}: {kind} of {seconds:.0f} s over {nation.hubs:,} hubs with {nation.slots:,} slots of 14 days. "
        f"{machine()}; the cores were wanted by {load:.0f} processes at once.",
        "",
        "| What | Here | Reference | Share | Aims |",
        "|---|---|---|--:|---|",
    ]
    for row in rows:
        aims = "; ".join(f"{'met' if aim.is_met else '**missed**'}: {aim.words} ({aim.came_to})" for aim in row.aims)
        lines.append(f"| {row.what} | {row.here} | {row.reference} | {row.share} | {aims} |")
    lines += ["", *(f"- {row.what}\n" + "\n".join(f"    - {note}" for note in row.notes) for row in rows if row.notes)]
    return "\n".join(lines) + "\n"


def picture(rows: Sequence[Row]) -> str:
    """An SVG: requests a second beside the reference's, and the percentiles of the answers."""
    rated = [row for row in rows if row.rates]
    timed = [row for row in rows if row.percentiles]
    most = max(rate for row in rated for rate in row.rates or ())
    parts, y = [_text(20, 30, "Requests a second", size=18)], 50
    for row in rated:
        ours, other = row.rates or (0.0, 0.0)
        parts += _bar(y, row.what, ours, most, _OURS, f"{ours:.0f}/s")
        parts += _bar(y + _LINE, "reference", other, most, _OTHER, f"{other:.0f}/s")
        x = _LEFT + 1000 / most * (_WIDE - _LEFT - 90)
        if most >= 1000:
            parts.append(f'<path d="M{x:.0f} {y - 2}v{_LINE - 6}" stroke="{_AIM}" stroke-width="3"/>')
        y += 2 * _LINE + 12
    y += 30
    parts.append(_text(20, y, "Milliseconds until 50, 95 and 99 of 100 have their answer", size=18))
    y += 20
    longest = max(time for row in timed for time in row.percentiles or ())
    for row in timed:
        for name, time in zip(("p50", "p95", "p99"), row.percentiles or (), strict=True):
            parts += _bar(y, f"{row.what.partition(',')[0]}, {name}", time, longest, _OURS, f"{time:.0f} ms")
            y += _LINE
        y += 12
    parts.append(_text(20, y + 16, "Red: the aim of 1,000/s, where it lies within the scale", size=13))
    label = "Bars of requests a second and of answer times; the table says the same in numbers"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {y + 36}" role="img" aria-label="{label}"'
        f' font-family="Arial, sans-serif"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _bar(y: int, name: str, value: float, most: float, colour: str, words: str) -> list[str]:
    wide = max(value / most * (_WIDE - _LEFT - 90), 1)
    return [
        _text(_LEFT - 10, y + 16, name.partition(",")[0] if len(name) > 34 else name, size=13, anchor="end"),
        f'<rect x="{_LEFT}" y="{y}" width="{wide:.1f}" height="{_LINE - 8}" fill="{colour}"/>',
        _text(_LEFT + int(wide) + 8, y + 16, words, size=13),
    ]


def _text(x: int, y: int, words: str, *, size: int, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{_INK}" text-anchor="{anchor}">{html.escape(words)}</text>'
