"""Where an object store's bucket is, and whose key opens it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and whose key opens it. `endpoint` empty: Amazon's own of the region. `seconds` bounds each request."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    secret: str = field(repr=False)
    seconds: float = 10


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """The parts of `s3://bucket/prefix`. Raises ValueError, which says how it is written."""
    bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
    prefix = prefix.removesuffix("/")
    written = url.startswith(SCHEME) and _BUCKET.fullmatch(bucket) and (not prefix or _PREFIX.fullmatch(prefix))
    if not written or any(part in (".", "..") for part in prefix.split("/")):
        raise ValueError("must be s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits, dots and dashes")
    return bucket, prefix


def endpoint(url: str) -> str:
    """The store's address, as it was given; empty for Amazon's own. Raises ValueError: what is sent is sealed, and yet the id
    of the key and the packs' names are nobody else's business."""
    parts = urlsplit(url)
    is_plain = parts.hostname and not (url.endswith("/") or parts.query or parts.username)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))
    if url and not (is_plain and is_safe):
        raise ValueError("must be an https address without / at its end (http on this machine only)")
    return url


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
