"""The wire to the national service: one request, its headers and limits, and what its answer means.

Every request only reads. It may be made inside a unit of work that has only read (a job's); its turn and its line of the
journal are kept apart from that unit, so that nobody waits for its commit. Who writes or locks does so after asking.
Source: PDS FHIR API (headers, errors, rate limits); `national-services` 2.1, 2.4, 13.
"""

from __future__ import annotations

import email.utils
import logging
import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from pcnhub.care.organisations.queries import position
from pcnhub.connections.pds import journal, pacing, shapes, token
from pcnhub.connections.pds.configuration import Configuration
from pcnhub.connections.pds.plan import Parameters
from pcnhub.connections.pds.refusals import Busy, NoAnswer, SaidNo, Unclear, plain
from pcnhub.connections.pds.words import Patience
from pcnhub.connections.pool import lines_to
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log each address, and with it an NHS number
LARGEST = 2_000_000  # bytes of an answer, unpacked
LONGEST_LINE = 3.0  # seconds that a person waits for their turn
MOST_ATTEMPTS = 4  # of one request of a batch
PAUSE = 5.0  # seconds, where the service asks for one and does not say how long
FIRST_WAIT = 1.0  # seconds before a batch sends again what got no answer; doubled each time


@dataclass(frozen=True, slots=True)
class Link:
    """Who asks, how patiently, and the deployment's configuration: everything that a request needs besides the question."""

    actor: Actor
    configuration: Configuration
    patience: Patience
    role_profile_id: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `path` is beneath the service's address; `nhs_number` only tells the journal whom it concerns."""

    operation: str
    path: str
    parameters: Parameters = ()
    nhs_number: str = ""


def link_for(*, actor: Actor, now: datetime, configuration: Configuration, patience: Patience) -> Link:
    """The actor as the service is told of them."""
    held = position(id=actor.position_id, day=london_date(now)) if actor.position_id else None
    return Link(actor, configuration, patience, held.sds_role_profile_id if held else "")


def ask(link: Link, question: Question) -> shapes.Answer:
    """The answer: a Patient, a Bundle, or the OperationOutcome of a search that succeeded (TOO_MANY_MATCHES).

    For a person, one try. For a batch, up to MOST_ATTEMPTS of the same X-Request-ID, by which the service knows a repetition,
    with the pauses that it asks for. Raises Busy, NoAnswer, Unclear, SaidNo.
    """
    request_id, correlation_id = uuid.uuid4(), _uuid_of(link.actor.request_id)
    line = journal.Line(
        environment=link.configuration.environment,
        operation=question.operation,
        request_id=request_id,
        correlation_id=correlation_id,
        attempt=0,
        request=f"GET {question.path}?{httpx.QueryParams(list(question.parameters))}",
        role_profile_id=link.role_profile_id,
        nhs_number=question.nhs_number,
    )
    is_batch = link.patience is Patience.BATCH
    ends = time.monotonic() + (link.configuration.batch_seconds if is_batch else LONGEST_LINE)
    was_renewed = False
    for attempt in range(1, MOST_ATTEMPTS + 1):
        pacing.wait_for_turn(rate=link.configuration.rate, longest=max(0.0, ends - time.monotonic()))
        try:
            return _once(link, question, replace(line, attempt=attempt))
        except _TokenRefused as refused:
            if was_renewed:
                raise refused.said from None
            was_renewed = True
        except Busy:
            if not is_batch or attempt == MOST_ATTEMPTS:
                raise
        except Unclear:
            raise
        except NoAnswer:
            wait = FIRST_WAIT * 2 ** (attempt - 1)
            if not is_batch or attempt == MOST_ATTEMPTS or time.monotonic() + wait > ends:
                raise
            pacing.sleep(wait)
    raise NoAnswer("The demographics service did not answer.")


class _TokenRefused(Exception):
    """The service did not take the access token (401): it is asked for anew, once."""

    def __init__(self, said: SaidNo) -> None:
        super().__init__(said.message)
        self.said = said


def _once(link: Link, question: Question, line: journal.Line) -> shapes.Answer:
    configuration = link.configuration
    http = lines_to(configuration.address, most=32)
    bearer = token.access_token(configuration, http) if configuration.token_address else ""
    headers = {
        "X-Request-ID": str(line.request_id),
        "X-Correlation-ID": str(line.correlation_id),
        "NHSD-End-User-Organisation-ODS": link.actor.organisation.ods_code,
        "Accept": "application/fhir+json",
    }
    if link.role_profile_id:
        headers["NHSD-Session-URID"] = link.role_profile_id
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    started = time.monotonic()
    status: int | None = None
    outcome, codes = "no-answer", tuple[str, ...]()
    try:
        status, received, body = _send(http, configuration, question, headers)
        answer = _read(body)
        codes = answer.codes if isinstance(answer, shapes.OperationOutcome) else ()
        meant = _meaning(status, received, answer, line.request_id)
        outcome = "answered"
    except Busy:
        outcome = "busy"
        raise
    except Unclear:
        outcome = "unclear"
        raise
    except SaidNo as no:
        outcome = "refused"
        if no.status == httpx.codes.UNAUTHORIZED and bearer:
            token.forget(configuration, bearer)
            raise _TokenRefused(no) from None
        raise
    finally:
        journal.write(
            line,
            actor=link.actor,
            http_status=status,
            outcome=outcome,
            outcome_codes=codes,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
    return meant


def _send(
    http: httpx.Client, configuration: Configuration, question: Question, headers: dict[str, str]
) -> tuple[int, httpx.Headers, bytes]:
    seconds = configuration.seconds
    ends = time.monotonic() + seconds
    address = f"{configuration.address}/{question.path}"
    try:
        with http.stream("GET", address, params=question.parameters, headers=headers, timeout=seconds) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise Unclear("The demographics service answered with more than can be read.")
                if time.monotonic() > ends:  # drop by drop, no single wait is too long
                    raise NoAnswer(_silence(seconds))
            return answer.status_code, answer.headers, bytes(body)
    except httpx.TimeoutException:
        raise NoAnswer(_silence(seconds)) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
        raise NoAnswer("The demographics service can't be reached, or the connection broke off.") from None


def _silence(seconds: float) -> str:
    return f"The demographics service has not answered within {seconds:g} seconds."


def _read(body: bytes) -> shapes.Answer | None:
    try:
        return shapes.read(body)
    except shapes.NotAnAnswer:
        return None


def _meaning(status: int, headers: httpx.Headers, answer: shapes.Answer | None, request_id: uuid.UUID) -> shapes.Answer:
    """A yes as it is; everything else as a refusal. TOO_MANY_MATCHES is a yes: it comes with HTTP 200."""
    if status == httpx.codes.OK and answer is not None:
        return answer
    if status == httpx.codes.TOO_MANY_REQUESTS:
        seconds = _pause(headers)
        pacing.hold(seconds)
        raise Busy(f"The demographics service asks for a pause of {seconds:.0f} seconds.", seconds=seconds)
    if status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NoAnswer(f"The demographics service could not answer (HTTP {status}, request {request_id}).")
    codes = answer.codes if isinstance(answer, shapes.OperationOutcome) else ()
    if 400 <= status < 500 and codes:
        words, remedy, who = plain(codes[0])
        raise SaidNo(
            f"The demographics service: {words} ({codes[0]}, request {request_id})",
            remedy=remedy, who_can=who, status=status, spine_code=codes[0],
        )  # fmt: skip
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        words, remedy, who = plain("ACCESS_DENIED")
        raise SaidNo(
            f"The demographics service: {words} (HTTP {status}, request {request_id})",
            remedy=remedy, who_can=who, status=status, spine_code="",
        )  # fmt: skip
    raise Unclear(f"The demographics service answered with HTTP {status}, which says nothing. (request {request_id})")


def _pause(headers: httpx.Headers) -> float:
    """Retry-After in seconds, or as a date, which is compared with the service's own clock; PAUSE where it is neither."""
    text = headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until, sent = (email.utils.parsedate_to_datetime(each) for each in (text, headers.get("Date", "")))
        return max(0.0, (until - sent).total_seconds())
    except (ValueError, TypeError):
        return PAUSE


def _uuid_of(request_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(request_id)
    except ValueError:
        return uuid.uuid4()
