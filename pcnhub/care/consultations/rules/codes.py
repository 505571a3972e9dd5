"""Words by which a code is found, the same in a term and in a search."""

from __future__ import annotations

import re
import unicodedata

from pcnhub.care.consultations.rules.notes import EntryKind

_WORD = re.compile(r"[^\W_]+")
_KINDS: dict[str, EntryKind] = {
    "disorder": EntryKind.PROBLEM,
    "finding": EntryKind.FINDING,
    "observable": EntryKind.EXAMINATION,
    "observable entity": EntryKind.EXAMINATION,
    "assessment scale": EntryKind.EXAMINATION,
    "procedure": EntryKind.PROCEDURE,
    "regime/therapy": EntryKind.PROCEDURE,
    "substance": EntryKind.MEDICATION,
    "product": EntryKind.MEDICATION,
    "medicinal product": EntryKind.MEDICATION,
    "medicinal product form": EntryKind.MEDICATION,
    "clinical drug": EntryKind.MEDICATION,
    "real clinical drug": EntryKind.MEDICATION,
    "virtual clinical drug": EntryKind.MEDICATION,
}


def words_of(text: str) -> tuple[str, ...]:
    """Letters and digits alone, small, without accents; each once, in order."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter)
    )
    return tuple(dict.fromkeys(_WORD.findall(plain)))


def beginnings(text: str) -> str:
    """A PostgreSQL `tsquery`: every word of the text begins a word of the term. Empty where the text has no word."""
    return " & ".join(f"'{word}':*" for word in words_of(text))


def kind_of(concept_kind: str) -> EntryKind:
    """What a concept of this kind (its tag in SNOMED CT) most likely is in a consultation; the clinician may say otherwise."""
    return _KINDS.get(concept_kind, EntryKind.OTHER)
