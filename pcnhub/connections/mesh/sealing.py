"""A message at rest: what identifies a person (content, subject, address) is sealed; the tables beside it hold ids only."""

from __future__ import annotations

import base64
import json
from typing import Any

from pcnhub.foundations.database.sealing import Seal

_MESSAGES = Seal(
    info="pcnhub mesh messages",
    remedy="Name the former key in PCNHUB_FORMER_SECRET_KEYS, and try again.",
    who_can="whoever runs this installation",
)


def close(headers: dict[str, str], body: bytes, *, place: str) -> bytes:
    content = {"headers": headers, "body": base64.b64encode(body).decode("ascii")}
    return _MESSAGES.close(json.dumps(content).encode(), place=place)


def reopen(sealed: bytes | memoryview, *, place: str) -> tuple[dict[str, str], bytes]:
    """Raises SealBroken."""
    content: dict[str, Any] = json.loads(_MESSAGES.open(sealed, place=place))
    return content["headers"], base64.b64decode(content["body"])
