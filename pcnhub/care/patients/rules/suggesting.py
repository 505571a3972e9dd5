"""Which field an unknown header may mean: a proposal for the person who maps columns, never used without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz, process

from pcnhub.care.patients.rules.columns import HEADERS, ColumnMapping, plain_words

LIKELY = 92  # of 100: "Registred date" is; "Next of kin surname" and "Patient count" are not
_KNOWN = {header: name for name, headers in HEADERS.items() for header in headers}
# Words that say nothing about which field it is.
_IDLE = frozenset({"pt", "patient", "patients", "s", "full", "current", "the", "dd", "mm", "yyyy", "yy", "ccyy"})
_OFTEN_IDLE = frozenset({"number", "no", "name", "flag"})


def suggest_mapping(headers: Iterable[str]) -> ColumnMapping:
    """A mapping under which no field has two columns: the default's headers, and the likeliest field of each other header.

    A header that resembles none is not used; the second column of one field is ignored.
    """
    default = ColumnMapping()
    plain = list(dict.fromkeys(plain_words(header) for header in headers))
    taken: set[str] = set()
    ignore: set[str] = set()
    for words in plain:
        name = default.field_of(words)
        if name in taken:
            ignore.add(words)
        elif name:
            taken.add(name)
    columns: dict[str, str] = {}
    unknown = (words for words in plain if words and default.field_of(words) is None)
    for _, words, name in sorted(_likely(unknown), key=lambda each: (-each[0], each[1])):
        if name not in taken and words not in columns:
            taken.add(name)
            columns[words] = name
    return ColumnMapping(columns=columns, ignore=frozenset(ignore))


def _likely(unknown: Iterable[str]) -> Iterator[tuple[float, str, str]]:
    for words in unknown:
        telling = [word for word in words.split() if word not in _IDLE]
        shorter = [word for word in telling if word not in _OFTEN_IDLE]
        for text in {" ".join(telling), " ".join(shorter)}:
            found = process.extract(text, list(_KNOWN), scorer=fuzz.token_sort_ratio, limit=5, score_cutoff=LIKELY)
            yield from ((score, words, _KNOWN[known]) for known, score, _ in found)
