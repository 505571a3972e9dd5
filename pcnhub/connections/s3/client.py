"""One bucket of an object store (Amazon S3 API; obstore, the Rust crate object_store). Knows no Django: a reader has no server.

What the client would take from the environment by itself (AWS_...) is set here, so that nothing but what it was given decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from pcnhub.connections.s3.address import Address
from pcnhub.connections.s3.words import NotThere, StoreRefused, StoreUnreachable, meaning

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Credential

_CONNECT = timedelta(seconds=5)
_RETRIES = 1  # the next pack is a few minutes away
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """What the store itself says of one object: its name, when it took it, and its bytes."""

    name: str
    at: datetime
    size: int


class Bucket:
    """Whatever lies under the address' prefix. Every method raises StoreUnreachable or StoreRefused."""

    def __init__(self, address: Address) -> None:
        limit = timedelta(seconds=address.seconds)
        credential: S3Credential = {
            "access_key_id": address.key_id, "secret_access_key": address.secret, "token": None, "expires_at": None,
        }  # fmt: skip
        self._store = S3Store(
            address.bucket,
            prefix=address.prefix or None,
            config={
                "aws_endpoint_url_s3": address.endpoint or f"https://s3.{address.region}.amazonaws.com",
                "region": address.region,
                "skip_signature": False,
                "unsigned_payload": False,  # the signature covers the bytes: the store refuses what was altered on the way
                "virtual_hosted_style_request": False,
                "disable_bulk_delete": True,  # not every store that speaks S3 has it
            },
            client_options={
                "allow_http": urlsplit(address.endpoint).scheme == "http",
                "connect_timeout": min(_CONNECT, limit),
                "timeout": limit,
            },
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": limit,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
            credential_provider=lambda: credential,
        )

    def put(self, name: str, content: bytes) -> Held:
        """Write, and ask the store what it holds by then: what it does not confirm was not written. Where no answer came to
        the writing, the asking decides; where none came to that either, `is_unsure` says so."""
        try:
            _asked(lambda: obstore.put(self._store, name, content, use_multipart=False))
        except StoreUnreachable as unreachable:
            if not unreachable.is_unsure:
                raise
            held = self._held_after(name, unreachable)
        else:
            held = self.head(name)
        return self._confirmed(held, content)

    def _confirmed(self, held: Held, content: bytes) -> Held:
        if held.size != len(content):
            self.delete(held.name)
            raise StoreRefused(f"The object store holds {held.size} bytes of {len(content)}")
        return held

    def _held_after(self, name: str, unreachable: StoreUnreachable) -> Held:
        try:
            return self.head(name)
        except NotThere:
            unreachable.is_unsure = False
            raise unreachable from None
        except StoreRefused:  # may not ask
            raise unreachable from None

    def head(self, name: str) -> Held:
        return _held(_asked(lambda: obstore.head(self._store, name)))

    def listed(self, *, beginning: str = "") -> list[Held]:
        """All of the prefix itself, in no order, or those whose names begin so and go on; nothing of what lies deeper."""
        if beginning:
            return [_held(each) for each in _asked(lambda: list(self._from(beginning)))]
        return [_held(each) for each in _asked(lambda: obstore.list_with_delimiter(self._store))["objects"]]

    def _from(self, beginning: str) -> Iterator[ObjectMeta]:
        """In the order of names, as a store lists them: others', of which there may be very many, are not fetched."""
        for page in obstore.list(self._store, offset=beginning):
            for each in page:
                if not each["path"].startswith(beginning):
                    return
                if "/" not in each["path"]:
                    yield each

    def get(self, name: str) -> bytes:
        return bytes(_asked(lambda: obstore.get(self._store, name).bytes()))

    def delete(self, name: str) -> None:
        """Also where there is none of this name."""
        _asked(lambda: obstore.delete(self._store, name))


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (BaseError, OSError) as error:
        raise meaning(str(error)) from None


def _held(meta: ObjectMeta) -> Held:
    return Held(meta["path"], meta["last_modified"], meta["size"])
