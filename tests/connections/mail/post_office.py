"""A real SMTP server on loopback (aiosmtpd), which can also refuse, be slow, or hang up after it has taken a letter."""

from __future__ import annotations

import socket
import time
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """What came, and how it behaves: `answer` to a recipient and to a letter, `hangs_up` after taking one, `slow` in seconds."""

    port: int = 0
    letters: list[Message] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    letter_answer: str = "250 OK"
    hangs_up: int = 0
    slow: float = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        time.sleep(self.slow)
        if not self.letter_answer.startswith("250"):
            return self.letter_answer
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content))
        self.to += envelope.rcpt_tos
        if self.hangs_up:
            self.hangs_up -= 1
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()  # taken, and nobody is told
        return self.letter_answer

    def texts(self) -> list[str]:
        found = []
        for each in self.letters:
            body = each.get_payload(decode=True)
            assert isinstance(body, bytes)
            found.append(body.decode())
        return found


@contextmanager
def post_office(**options: Any) -> Iterator[PostOffice]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        office = PostOffice(port=free.getsockname()[1])
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **options)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
