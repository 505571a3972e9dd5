"""The wire of clamd (clamd(8), COMMANDS): INSTREAM over TCP or its own socket, and PING.

A stream is `zINSTREAM\\0`, then chunks of a length (4 bytes, big-endian) and as many bytes, then a length of 0. clamd answers
`stream: OK`, `stream: NAME FOUND`, or `... ERROR`, ended by a NUL.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pcnhub.foundations.kernel.refusals import Refusal

_CHUNK = 256 * 1024  # bytes
_LONGEST_ANSWER = 4096
_TOO_LONG = "size limit exceeded"


class ScannerUnreachable(Refusal):
    """clamd did not answer, or not in its language. Trying again may help."""

    code = "scanner-unreachable"
    remedy = "See that clamd runs and that PCNHUB_CLAMD names where it listens. It is asked again by itself."
    who_can = "whoever runs this installation of PCN Hub"


class ScannerRefused(Refusal):
    """clamd can't scan this stream: it is longer than its StreamMaxLength. Trying again does not help."""

    code = "scanner-refused"
    remedy = "Raise StreamMaxLength in clamd.conf above PCNHUB_DOCUMENT_MEGABYTES, restart clamd, then retry."
    who_can = "whoever runs this installation of PCN Hub"


@dataclass(frozen=True, slots=True)
class Verdict:
    """clamd's answer to a stream; `words` is the name of what it found, or its whole answer."""

    is_clean: bool
    words: str


def scan(content: bytes, *, address: str, seconds: float) -> Verdict:
    """What clamd says of these bytes. `address` is host:port or the path of a socket; `seconds` bounds each step and the
    answer. Raises ScannerUnreachable, ScannerRefused."""
    with _connected(address, seconds) as wire:
        wire.sendall(b"zINSTREAM\0")
        # clamd stops reading a stream that is too long, and says so: its answer counts, not the broken pipe
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                wire.sendall(struct.pack("!I", len(chunk)) + chunk)
            wire.sendall(struct.pack("!I", 0))
        return _verdict(_answer(wire))


def ping(*, address: str, seconds: float) -> bool:
    """Whether clamd is there. Raises ScannerUnreachable."""
    with _connected(address, seconds) as wire:
        wire.sendall(b"zPING\0")
        return _answer(wire) == "PONG"


def _verdict(answer: str) -> Verdict:
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return Verdict(is_clean=True, words=answer)
    if said.endswith(" FOUND"):
        return Verdict(is_clean=False, words=said.removesuffix(" FOUND"))
    if _TOO_LONG in answer:
        raise ScannerRefused(f"clamd does not take a document of this size: {answer}.")
    raise ScannerUnreachable(f"clamd did not judge the document: {answer or 'it closed the line without a word'}.")


@contextlib.contextmanager
def _connected(address: str, seconds: float) -> Iterator[socket.socket]:
    try:
        if address.startswith("/"):
            wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            wire.settimeout(seconds)
            with wire:
                wire.connect(address)
                yield wire
        else:
            host, _, port = address.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), timeout=seconds) as wire:
                yield wire
    except OSError as error:
        raise ScannerUnreachable(f"clamd does not answer at {address}: {error.strerror or error}.") from error


def _answer(wire: socket.socket) -> str:
    """Up to the NUL that ends it."""
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        piece = wire.recv(_LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()
