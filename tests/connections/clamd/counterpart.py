"""A clamd for tests, after clamd(8): takes one stream, finds EICAR's sign in it, and keeps to a StreamMaxLength."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIGN = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"  # the heart of the test file that every scanner finds; harmless
LONGEST = 1024 * 1024  # bytes


@contextmanager
def clamd(at: Path | None = None, *, answer: bytes | None = None) -> Iterator[str]:
    """Runs until the block ends; the address that PCNHUB_CLAMD would name. `answer`: say this, whatever comes."""
    listener = socket.socket(socket.AF_UNIX if at else socket.AF_INET)
    listener.bind(str(at) if at else ("127.0.0.1", 0))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                wire.sendall(_answered(wire) if answer is None else answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield str(at) if at else f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def _answered(wire: socket.socket) -> bytes:
    command = _until_nul(wire)
    if command == b"zPING":
        return b"PONG\0"
    if command != b"zINSTREAM":
        return b"UNKNOWN COMMAND\0"
    content = b""
    while (size := struct.unpack("!I", _exactly(wire, 4))[0]) > 0:
        content += _exactly(wire, size)
        if len(content) > LONGEST:
            return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Eicar-Test-Signature FOUND\0" if SIGN in content else b"stream: OK\0"


def _until_nul(wire: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\0"):
        said += _exactly(wire, 1)
    return said[:-1]


def _exactly(wire: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = wire.recv(size - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return got
