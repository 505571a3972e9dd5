"""The wire: one mailbox of ours, over NHS England's own client (mesh-client), with mutual TLS.

A send is not idempotent. It is asked for once at a time and never repeated here: whoever sends again first asks `find_sent`,
by the local id that the message left with (MESH API; `national-services` 5.1). Nothing here touches the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from mesh_client import MeshClient, MeshError

from pcnhub.connections.mesh.configuration import Box, Configuration
from pcnhub.connections.mesh.mapping.codes import REPORTS
from pcnhub.connections.mesh.refusals import NoAnswer, NoMailbox, SaidNo, SentTwice

log = logging.getLogger(__name__)
LARGEST = 70_000_000  # bytes in one part: a message in several could be half sent
MOST_AT_ONCE = 100
APPLICATION = "pcnhub"
_LATER = (HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_ASKED = {
    each: f"mesh {each}" for each in ("handshake", "lookup", "find", "send", "track", "list", "fetch", "acknowledge")
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is given to the exchange."""

    to: str = field(repr=False)
    workflow_id: str
    subject: str = field(repr=False)
    local_id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What the exchange says of a message of ours: accepted, acknowledged (fetched), undeliverable, error."""

    message_id: str
    status: str
    code: str = ""

    @property
    def is_fetched(self) -> bool:
        return self.status == "acknowledged"

    @property
    def has_failed(self) -> bool:
        return self.status in ("undeliverable", "error")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message from our mailbox. `is_report`: the exchange's own, about a message of ours that it could not deliver."""

    message_id: str
    sender: str
    workflow_id: str
    local_id: str
    is_report: bool
    linked_id: str
    status_code: str
    subject: str = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "sender": self.sender,
            "local_id": self.local_id,
            "linked_id": self.linked_id,
            "status_code": self.status_code,
            "subject": self.subject,
        }


class Exchange(MeshClient):
    """The client with what it lacks: asking by our own local id, and trusting one authority alone."""

    def trust_only(self, authority: str) -> None:
        self._session.verify = authority  # else requests adds the public authorities to the one that was named

    def track_by_local_id(self, local_id: str) -> dict[str, Any]:
        answer = self._session.get(
            f"{self.mailbox_url}/outbox/tracking/{quote(local_id)}",
            headers={"Accept": "application/json"},
            timeout=self._timeout,
            allow_redirects=False,
        )
        if answer.status_code == HTTPStatus.MULTIPLE_CHOICES:
            raise requests.HTTPError(response=answer)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class Mailbox:
    """One mailbox, open for a moment: `with opened(...) as mailbox`. Every call raises NoAnswer or SaidNo."""

    def __init__(self, client: Exchange, box: Box) -> None:
        self._client, self.box = client, box

    def handshake(self) -> None:
        self._ask("handshake", self._client.handshake)

    def lookup(self, ods_code: str, workflow_id: str) -> tuple[str, ...]:
        """The mailboxes of an organisation that take a workflow."""
        found = self._ask("lookup", lambda: self._client.lookup_endpoint(ods_code, workflow_id))
        return tuple(each["mailbox_id"] for each in found["results"])

    def find_sent(self, local_id: str) -> Tracked | None:
        """The message that left with this local id; None when the exchange has none. Raises SentTwice besides."""
        try:
            said = self._ask("find", lambda: self._client.track_by_local_id(local_id))
        except SaidNo as no:
            if no.said_code == "404":
                return None
            if no.said_code == "300":
                raise SentTwice(f"The exchange has more than one message with the local id {local_id}.") from None
            raise
        return Tracked(said["messageId"], (said.get("status") or "").lower(), said.get("statusCode") or "")

    def send(self, parcel: Parcel) -> str:
        """The exchange's number for it. After NoAnswer nobody knows whether it left: ask `find_sent` first."""
        return self._ask(
            "send",
            lambda: self._client.send_message(
                parcel.to,
                parcel.body,
                max_chunk_size=LARGEST + 1,
                workflow_id=parcel.workflow_id,
                subject=parcel.subject,
                local_id=parcel.local_id,
                filename=f"{parcel.local_id}.xml",
                content_type="application/fhir+xml",
            ),
        )

    def track(self, message_id: str) -> Tracked:
        said = self._ask("track", lambda: self._client.track_message(message_id))
        return Tracked(message_id, (said.get("status") or "").lower(), said.get("status_code") or "")

    def waiting(self) -> tuple[str, ...]:
        """The numbers of what waits in our mailbox, the oldest first, at most MOST_AT_ONCE."""
        return tuple(self._ask("list", lambda: self._client.list_messages(max_results=MOST_AT_ONCE)))

    def fetch(self, message_id: str) -> Fetched | None:
        """A message; None when it isn't there any more."""
        try:
            return self._ask("fetch", lambda: self._fetched(message_id))
        except SaidNo as no:
            if no.said_code in ("404", "410"):
                return None
            raise

    def acknowledge(self, message_id: str) -> None:
        """The exchange may forget it. Only once what it holds is committed here."""
        try:
            self._ask("acknowledge", lambda: self._client.acknowledge_message(message_id))
        except SaidNo as no:
            if no.said_code not in ("404", "410"):  # forgotten already
                raise

    def _fetched(self, message_id: str) -> Fetched:
        message = self._client.retrieve_message(message_id)
        try:
            return Fetched(
                message_id=message_id,
                sender=message.sender or "",
                workflow_id=message.workflow_id or "",
                local_id=message.local_id or "",
                is_report=(message.message_type or "").upper() == "REPORT",
                linked_id=message.mex_header("linkedmsgid") or "",
                status_code=message.mex_header("statuscode") or "",
                subject=message.subject or "",
                body=message.read(),
            )
        finally:
            message.close()  # type: ignore[no-untyped-call]

    def _ask(self, what: str, call: Callable[[], T]) -> T:
        outcome = "answered"
        try:
            return call()
        except MeshError as error:
            outcome = "refused"
            raise _refused(error) from None
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            outcome = str(status)
            raise _of_status(status) from None
        except (requests.RequestException, OSError) as error:
            outcome = type(error).__name__
            raise NoAnswer(f"The exchange did not answer ({outcome}).") from None
        finally:
            level = logging.DEBUG if outcome in ("answered", "404") else logging.WARNING  # not there: an answer, too
            log.log(level, _ASKED[what], extra={"status_code": outcome})


@contextmanager
def opened(configuration: Configuration, ods_code: str) -> Iterator[Mailbox]:
    """The mailbox of an organisation. Raises NoMailbox."""
    box = configuration.box_of(ods_code)
    if box is None:
        raise NoMailbox(f"{ods_code} has no mailbox here.")
    shown = (str(configuration.certificate), str(configuration.key)) if configuration.certificate else None
    trusted = str(configuration.authority) if configuration.authority else None
    with Exchange(
        configuration.address,
        box.mailbox,
        box.password,
        shared_key=configuration.shared_key.encode(),
        cert=shown,
        verify=trusted,
        max_retries=0,  # the outbox repeats: it knows what must not be done twice
        timeout=configuration.seconds,
        application_name=APPLICATION,
    ) as client:
        if trusted:
            client.trust_only(trusted)
        yield Mailbox(client, box)


def _of_status(status: int) -> NoAnswer | SaidNo:
    if not status or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        return NoAnswer(f"The exchange is not able to answer now ({status}).")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return SaidNo("The exchange does not accept mailbox, password or shared key.", said_code=str(status))
    return SaidNo(f"The exchange refused ({status}).", said_code=str(status))


def _refused(error: MeshError) -> SaidNo:
    """What a refused message says, without repeating it: the exchange may quote the address, which names the patient."""
    said: Any = error.args[1] if len(error.args) > 1 else (error.args[0] if error.args else {})
    code = ""
    if isinstance(said, dict):
        detail = said.get("detail")
        first = detail[0] if isinstance(detail, list) and detail else said
        code = str(first.get("code") or first.get("errorCode") or "") if isinstance(first, dict) else ""
    text, remedy = REPORTS.get(code, (f"The exchange refused the message (code {code or 'none'}).", ""))
    return SaidNo(text, said_code=code, remedy=remedy)
