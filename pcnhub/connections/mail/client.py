"""Giving one letter to the mail system, and what its answer means: taken, try again later, or never."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from typing import cast

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from pcnhub.connections.mail.configuration import Configuration

PERMANENT = 500  # answers from here on say: never


class NotTaken(Exception):
    """The mail system did not take the letter. `for_good`: it never will take this one; `is_away`: nor any other now."""

    def __init__(self, code: str, message: str, *, for_good: bool = False, is_away: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.for_good, self.is_away = code, message, for_good, is_away


class Line:
    """An open connection to the mail system."""

    def __init__(self, backend: EmailBackend, sender: str) -> None:
        self._backend, self._sender = backend, sender

    def send(self, *, to: str, subject: str, body: str, message_id: str, at: datetime) -> None:
        """Returns once the mail system has answered that it has the letter. Raises NotTaken.

        A line that is cut between the letter and the answer leaves it open whether it was taken: it is sent again, under the
        same Message-ID.
        """
        message = EmailMessage(
            subject=subject,
            body=body,
            from_email=self._sender,
            to=[to],
            headers={
                "Message-ID": message_id,
                "Date": format_datetime(at),
                "Auto-Submitted": "auto-generated",
                "Precedence": "bulk",
            },
        )
        try:
            self._backend.send_messages([message])
        except ssl.SSLError as wrong:  # both an OSError and a ValueError
            raise _not_taken(wrong) from None
        except ValueError:  # what isn't an address, or breaks a header: this letter never goes, the others must
            words = "The e-mail address is not one that a letter can be sent to."
            raise NotTaken("bad-address", words, for_good=True) from None
        except (smtplib.SMTPException, OSError) as wrong:
            raise _not_taken(wrong) from None


class _Backend(EmailBackend):
    """Django's, with the authority that a deployment's own mail system may have."""

    authority: str | None = None

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)


@contextlib.contextmanager
def line(wanted: Configuration) -> Iterator[Line]:
    """Connected, encrypted unless it stays on this machine, signed in where a user is set. Raises NotTaken."""
    backend = _Backend(
        host=wanted.host,
        port=wanted.port,
        username=wanted.user,
        password=wanted.password,
        use_tls=wanted.tls == "starttls",
        use_ssl=wanted.tls == "tls",
        timeout=cast("int", wanted.seconds),  # parts of a second serve as well
    )
    backend.authority = str(wanted.authority) if wanted.authority else None
    try:
        backend.open()
    except (smtplib.SMTPException, OSError) as wrong:
        raise _not_taken(wrong, opening=True) from None
    try:
        yield Line(backend, wanted.sender)
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            backend.close()  # what was taken is taken, however they part


def _not_taken(wrong: Exception, *, opening: bool = False) -> NotTaken:
    """No address and no text of the letter is repeated: only the code and the kind of trouble."""
    if isinstance(wrong, smtplib.SMTPRecipientsRefused):
        code = max((answer[0] for answer in wrong.recipients.values()), default=0)
        for_good = code >= PERMANENT
        return NotTaken(f"smtp-{code}", "The mail system does not take letters for this address.", for_good=for_good)
    if isinstance(wrong, smtplib.SMTPAuthenticationError):
        message = "The mail system refused PCNHUB_SMTP_USER or PCNHUB_SMTP_PASSWORD."
        return NotTaken(f"smtp-{wrong.smtp_code}", message, is_away=True)
    if isinstance(wrong, smtplib.SMTPSenderRefused):
        message = "The mail system does not let this hub send as PCNHUB_SMTP_FROM."
        return NotTaken(f"smtp-{wrong.smtp_code}", message, is_away=True)
    if isinstance(wrong, smtplib.SMTPResponseException):
        for_good = wrong.smtp_code >= PERMANENT and not opening
        return NotTaken(
            f"smtp-{wrong.smtp_code}", "The mail system refused the letter.", for_good=for_good, is_away=opening
        )
    if isinstance(wrong, ssl.SSLError):
        message = (
            "The mail system's certificate or encryption is not to be trusted (PCNHUB_SMTP_TLS, PCNHUB_SMTP_AUTHORITY)."
        )
        return NotTaken("tls", message, is_away=True)
    if isinstance(wrong, smtplib.SMTPNotSupportedError):
        message = "The mail system offers no encryption or sign-in of the kind that PCNHUB_SMTP_TLS and _USER ask for."
        return NotTaken("not-supported", message, is_away=True)
    if isinstance(wrong, TimeoutError) or "timed out" in str(wrong):  # smtplib wraps some
        return NotTaken("slow", "The mail system did not answer in time (PCNHUB_SMTP_SECONDS).", is_away=True)
    if isinstance(wrong, smtplib.SMTPServerDisconnected):
        return NotTaken("cut", "The mail system hung up in the middle.", is_away=True)
    return NotTaken(
        "unreachable", "The mail system cannot be reached (PCNHUB_SMTP_HOST, PCNHUB_SMTP_PORT).", is_away=True
    )
