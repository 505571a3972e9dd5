"""Is a pack the one that was signed, and by whom? Needs the pack's files alone: no database, no settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pcnhub.insight.evidence.keys import KeyUnusable, public_key, text_of
from pcnhub.insight.evidence.sealing import (
    DATA,
    MANIFEST,
    MANIFEST_FORMAT,
    NAMES,
    PAGES,
    SIGNATURE,
    digest,
    item_digests,
    part_digests,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not as it was signed: a file's name, or the id of an item or the name of a part within evidence.json."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`signed_by` is the key that the manifest names, when the signature is that key's; "" otherwise. `is_pinned`: the receiver
    had that key from elsewhere; without, a pack that somebody made with a key of their own looks whole."""

    faults: tuple[Fault, ...]
    signed_by: str
    is_pinned: bool
    items: int

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(files: Mapping[str, bytes], *, pinned: Ed25519PublicKey | None = None) -> Verdict:
    """`files` by name, all that lie in the pack's folder: what nobody signed, lying beside what was, would be read as if it
    were. Never raises for what is in them."""
    beside = [Fault(name, "is no part of a pack: it was put in") for name in sorted(files.keys() - set(NAMES))]
    missing = [Fault(name, "is missing") for name in NAMES if name not in files]
    manifest = _read(files.get(MANIFEST, b""))
    signer, faults = _signer(files, manifest, pinned)
    if MANIFEST in files:
        faults += _against(manifest, files) if _is_manifest(manifest) else [Fault(MANIFEST, "is not a pack’s manifest")]
    listed = manifest.get("items")
    items = len(listed) if isinstance(listed, dict) else 0
    return Verdict((*beside, *missing, *faults), signer, pinned is not None, items)


def _signer(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], pinned: Ed25519PublicKey | None
) -> tuple[str, list[Fault]]:
    if MANIFEST not in files or SIGNATURE not in files:
        return "", []
    try:
        key = pinned or public_key(str(manifest.get("public_key", "")))
        key.verify(files[SIGNATURE], files[MANIFEST])
    except KeyUnusable:
        return "", [Fault(MANIFEST, "names no key that could have signed it")]
    except InvalidSignature:
        whose = "the key that was given" if pinned else "the key that it names"
        return "", [
            Fault(MANIFEST, f"is not what {whose} signed: it or {SIGNATURE} was altered, or another key signed")
        ]
    return text_of(key), []


def _is_manifest(manifest: Mapping[str, Any]) -> bool:
    files = manifest.get("files")
    return (
        manifest.get("format") == MANIFEST_FORMAT
        and isinstance(files, dict)
        and all(isinstance(files.get(name), dict) for name in (DATA, PAGES))
        and all(isinstance(manifest.get(name), dict) for name in ("items", "parts"))
    )


def _against(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> list[Fault]:
    faults = [
        Fault(name, "is not the file that was signed")
        for name in (DATA, PAGES)
        if name in files and manifest["files"][name].get("sha256") != digest(files[name])
    ]
    if DATA not in files:
        return faults
    document = _read(files[DATA])
    try:
        items, parts = item_digests(document), part_digests(document)
        twice = len(items) < len(document["items"])
    except (KeyError, TypeError, ValueError):
        return [*faults, Fault(DATA, "can’t be read as a pack’s data")]
    faults += _compared("item", manifest["items"], items)
    faults += _compared("part", manifest["parts"], parts)
    if twice:
        faults.append(Fault(DATA, "has an item twice"))
    return faults


def _compared(kind: str, signed: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Fault]:
    for name in sorted(signed.keys() | found.keys()):
        if name not in found:
            yield Fault(f"{kind} {name}", "was taken out")
        elif name not in signed:
            yield Fault(f"{kind} {name}", "was put in")
        elif signed[name] != found[name]:
            yield Fault(f"{kind} {name}", "was altered")


def _read(content: bytes) -> dict[str, Any]:
    """The JSON object, or an empty one for whatever is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
