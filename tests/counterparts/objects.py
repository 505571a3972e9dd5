"""An object store (S3) for tests: moto over HTTP on loopback, in this process, with buckets, keys that are compared by their
signatures, and rights by policy. Nothing here decides what a store answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from moto import settings
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from pcnhub.connections.s3.address import Address

ACCOUNT, PARTITION, REGION = "123456789012", "aws", "eu-west-2"
BUCKET = "continuity"
WRITER = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket")
READER = ("s3:GetObject", "s3:ListBucket")


@dataclass(frozen=True, slots=True)
class Objects:
    """A running store with one bucket."""

    port: int

    def address(self, *, rights: tuple[str, ...] = WRITER, prefix: str = "packs/hub", seconds: float = 5) -> Address:
        """Of somebody new, who may do that in the bucket alone."""
        iam = iam_backends[ACCOUNT][PARTITION]
        name = f"user-{len(iam.users)}"
        iam.create_user(region_name=REGION, user_name=name)
        where = f"arn:aws:s3:::{BUCKET}"
        allowed = {"Effect": "Allow", "Action": list(rights), "Resource": [where, f"{where}/*"]}
        iam.put_user_policy(name, "own", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
        key = iam.create_access_key(name)
        return Address(
            BUCKET, prefix, f"http://127.0.0.1:{self.port}", REGION, key.access_key_id, key.secret_access_key, seconds
        )

    def names(self) -> list[str]:
        return sorted(s3_backends[ACCOUNT][PARTITION].buckets[BUCKET].keys)

    def bytes_of(self, name: str) -> bytes:
        kept: bytes = s3_backends[ACCOUNT][PARTITION].buckets[BUCKET].keys[name].value
        return kept


@contextmanager
def objects() -> Iterator[Objects]:
    """Runs until the block ends."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    asked, settings.INITIAL_NO_AUTH_ACTION_COUNT = settings.INITIAL_NO_AUTH_ACTION_COUNT, 0
    s3_backends[ACCOUNT][PARTITION].create_bucket(BUCKET, REGION)
    try:
        yield Objects(server.get_host_and_port()[1])
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = asked
        server.stop()
        s3_backends[ACCOUNT][PARTITION].reset()
        iam_backends[ACCOUNT][PARTITION].reset()


def away(address: Address) -> Address:
    """The same, where nothing answers."""
    return replace(address, endpoint="http://127.0.0.1:9")
