"""The examples that come with PCN Hub: files to take in, or to copy and change. None is in use before a person took it in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pcnhub.care.consultations.rules.definitions import DefinitionKind, Read, open_file

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Shipped:
    name: str  # of the file, without .toml
    read: Read
    source: bytes


@cache
def shipped() -> tuple[Shipped, ...]:
    """Every example, by kind and title."""
    files = [*(DATA / "templates").glob("*.toml"), *(DATA / "protocols").glob("*.toml")]
    found = [
        Shipped(file.stem, open_file(source := file.read_bytes(), tuple(DefinitionKind))[0], source) for file in files
    ]
    return tuple(sorted(found, key=lambda each: (list(DefinitionKind).index(each.read.kind), each.read.title)))
