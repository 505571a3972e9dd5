"""A pack as files: the facts as canonical JSON, the same for people as PDF, a manifest of both, and its signature.

The JSON is in the form of RFC 8785 (keys sorted, no white space; there are no fractions in it), so that the same facts are the
same bytes. The manifest has the SHA-256 of both files, of every item and of every other part of the JSON: a receiver learns
which item was altered, not only that something was. The signature is the plain 64 bytes of Ed25519 over the manifest's bytes,
as `openssl pkeyutl -verify -rawin` takes them.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pcnhub.insight.evidence.keys import text_of

DATA, PAGES, MANIFEST, SIGNATURE = "evidence.json", "evidence.pdf", "manifest.json", "manifest.sig"
NAMES = (DATA, PAGES, MANIFEST, SIGNATURE)
MANIFEST_FORMAT = "pcnhub-evidence-manifest/1"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: when it was packed is in the pack


@dataclass(frozen=True, slots=True)
class Sealed:
    """The four files of a pack."""

    data: bytes
    pages: bytes
    manifest: bytes
    signature: bytes

    def files(self) -> dict[str, bytes]:
        return dict(zip(NAMES, (self.data, self.pages, self.manifest, self.signature), strict=True))

    def as_zip(self) -> bytes:
        """The files in one; the same bytes for the same pack."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
            for name, content in self.files().items():
                entry = zipfile.ZipInfo(name, _LONG_AGO)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                folder.writestr(entry, content)
        return out.getvalue()


def canonical(value: Any) -> bytes:
    """RFC 8785 for what holds no fractions."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def item_digests(document: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of each item, by its id. Raises KeyError, TypeError when it is no such document."""
    return {item["id"]: digest(canonical(item)) for item in document["items"]}


def part_digests(document: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of every other part."""
    return {name: digest(canonical(part)) for name, part in document.items() if name != "items"}


def seal(document: Mapping[str, Any], pages: bytes, *, key: Ed25519PrivateKey) -> Sealed:
    """The document and its pages, listed and signed."""
    data = canonical(document)
    manifest = canonical(
        {
            "format": MANIFEST_FORMAT,
            "public_key": text_of(key.public_key()),
            "files": {
                name: {"sha256": digest(content), "bytes": len(content)}
                for name, content in ((DATA, data), (PAGES, pages))
            },
            "items": item_digests(document),
            "parts": part_digests(document),
        }
    )
    return Sealed(data, pages, manifest, key.sign(manifest))
