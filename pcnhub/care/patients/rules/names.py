"""Names as they are compared: without case, marks, apostrophes and hyphens, in any order, and with a slip of the finger."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import IntEnum

from rapidfuzz.distance import OSA

LONGEST_WORD = 50  # letters; no longer one is looked for, and none has its slips made up

_PARTING = "-\u2010\u2011\u2012\u2013\u2014\u00a0/,"
_SILENT = "'\u2019\u2018\u00b4`.\u02bc"
_WITHOUT_BASE = dict(zip("ØøÐðĐđĦħŁłŊŋŦŧıĿŀÆæŒœß", "ooddddhhllnnttillaaoos", strict=True))


def _table() -> dict[int, str | None]:
    """Letter -> letter for Latin-1 and Latin Extended-A, as the database's `patients_folded` has it (0004_finding)."""
    letters = [chr(code) for code in range(0xC0, 0x180)]
    bases = {letter: unicodedata.normalize("NFD", letter)[0].lower() for letter in letters} | _WITHOUT_BASE
    table: dict[int, str | None] = {ord(a): b for a, b in bases.items() if b.isascii() and b.isalpha()}
    return table | dict.fromkeys(map(ord, _PARTING), " ") | dict.fromkeys(map(ord, _SILENT))


_TABLE = _table()


class Closeness(IntEnum):
    """How near a name is to what was typed; the nearest first."""

    EXACT = 0
    BEGINNING = 1
    SIMILAR = 2


def folded(text: str) -> str:
    """O'Brien-Özil -> obrien ozil."""
    return text.translate(_TABLE).lower()


def words_of(name: str) -> tuple[str, ...]:
    return tuple(folded(name).split())


def slips_allowed(word: str) -> int:
    """How many slips (a letter too many, missing, wrong, or two that changed places) leave a word recognisable."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def likeness(typed: str, word: str) -> Closeness | None:
    """Both folded. None: another word."""
    if typed == word:
        return Closeness.EXACT
    if word.startswith(typed):
        return Closeness.BEGINNING
    allowed = slips_allowed(typed)
    if allowed and OSA.distance(typed, word, score_cutoff=allowed) <= allowed:
        return Closeness.SIMILAR
    return None


def respelt(word: str) -> tuple[str, ...]:
    """The words of which this one is a slip that trigrams see badly: two letters that changed places, a letter too many.
    None for a word that is longer than any name's: they grow with the square of its length."""
    if len(word) > LONGEST_WORD:
        return ()
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    shorter = (word[:at] + word[at + 1 :] for at in range(len(word)))
    return tuple(dict.fromkeys(other for other in (*swapped, *shorter) if other != word and len(other) > 1))


def closeness(
    typed: Sequence[str], family_name: str, given_name: str, *, family_words: int = 0
) -> tuple[Closeness, int] | None:
    """How near a person's name is to the typed (folded) words: the worst of them, and all together; less is nearer.

    Each must be a word of the name, in any order; with `family_words`, so many first ones of the family name and the others of
    the given. None: another name.
    """
    family, given = words_of(family_name), words_of(given_name)
    if family_words:
        first = _assigned(typed[:family_words], family)
        rest = _assigned(typed[family_words:], given)
        return None if first is None or rest is None else (max(first[0], rest[0]), first[1] + rest[1])
    return _assigned(typed, (*family, *given))


def _assigned(typed: Sequence[str], words: Sequence[str]) -> tuple[Closeness, int] | None:
    """The nearest way of giving each typed word a word of its own."""
    near = [[likeness(one, word) for one in typed] for word in words]
    for worst in Closeness:
        total = _least(near, len(typed), worst)
        if total is not None:
            return worst, total
    return None


def _least(near: Sequence[Sequence[Closeness | None]], typed: int, worst: Closeness) -> int | None:
    """The least sum where no pair is worse than that. One word of the name after the other, as trying every order of
    them takes hours for a name of many equal words; what is kept is the best for each set of typed words (a bit each)."""
    best = {0: 0}
    for of_word in near:
        for given, total in tuple(best.items()):
            for at, how in enumerate(of_word):
                if how is not None and how <= worst and not given >> at & 1:
                    more = given | 1 << at
                    best[more] = min(best.get(more, total + how), total + how)
    return best.get((1 << typed) - 1)
