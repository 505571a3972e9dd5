"""Which names the acting organisation's people have that are like a word. They lead to nobody by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection

from pcnhub.care.patients.rules import NamePart
from pcnhub.care.patients.rules.names import Closeness, likeness, respelt

MOST_NAMES = 1000
MOST_LIKE = 300  # before they are compared letter by letter; the nearest by their trigrams


@dataclass(slots=True)
class Names:
    """Names that are as close as asked: whole family names as stored, and first given names folded."""

    family: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def add(self, part: str, word: str, name: str) -> None:
        if part == NamePart.FAMILY:
            self.family.add(name)
        else:
            self.given.add(word)

    def __or__(self, other: Names) -> Names:
        return Names(self.family | other.family, self.given | other.given)


def names_beginning(word: str) -> tuple[Names, Names, bool]:
    """Those that have exactly this (folded) word; those with a word that begins so, the former among them; and whether there
    were more than could be taken."""
    # As it is usually written, learnt or not: nobody whose name was typed in full is missed for want of a word that was learnt.
    exact = Names({word, word.title(), word.upper()}, {word})
    beginning = Names(set(exact.family), set(exact.given))
    rows = _rows("select part, word, name from patients_names_beginning(%s, %s)", word, MOST_NAMES)
    for part, known, name in rows:
        beginning.add(part, known, name)
        if known == word:
            exact.add(part, known, name)
    return exact, beginning, len(rows) == MOST_NAMES


def names_like(word: str) -> Names:
    """Those with a word of which this (folded) one is a slip."""
    similar = Names()
    rows = _rows("select part, word, name from patients_names_like(%s, %s, %s)", word, list(respelt(word)), MOST_LIKE)
    for part, known, name in rows:
        if likeness(word, known) is Closeness.SIMILAR:
            similar.add(part, known, name)
    return similar


def _rows(statement: str, *values: str | int | list[str]) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
