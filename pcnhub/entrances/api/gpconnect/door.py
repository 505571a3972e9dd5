"""The door of GP Connect: every address beneath a service root comes in here, and every answer leaves in FHIR.

Handlers hold mapping only. Media type, organisation, token, headers, scope, switch, unit of work and audit are settled here, in
this order; what is wrong with headers and token is said together.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from pcnhub.care.organisations.queries import ProviderView, find_provider
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.entrances.api.gpconnect import headers, proxy, record, token, wire
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine, refused_by
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import STRUCTURED, Interaction, handling_of, on_path
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir.media import Media, named
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Refusal

log = structlog.get_logger("pcnhub.gpconnect")

NAMES = {
    GpConnectCapability.GP_CONNECT: "GP Connect",
    GpConnectCapability.FOUNDATION: "Foundations",
    GpConnectCapability.APPOINTMENTS: "Appointment Management",
    GpConnectCapability.ACCESS_STRUCTURED: "Access Record Structured",
}


@csrf_exempt
def door(request: HttpRequest, ods_code: str, path: str | None = None) -> HttpResponse:
    """`path` is what comes after the service root of `ods_code`."""
    entry = record.Entry(
        now=timezone.now(),
        headers=headers.claimed(request),
        asked_for=ods_code if ods_code.isascii() and ods_code.isalnum() and len(ods_code) <= 20 else "",
        verb=(request.method or "")[:10],
    )
    media = Media.JSON
    try:
        with suppress(Refused):  # said below, in JSON
            media = wire.media_wanted(request)
        try:
            return _answered(request, entry, path or "")
        except Refused as refused:
            record.refused(entry, refused)
            return wire.respond_refused(request, refused, media)
    except Exception:
        log.exception("gp-connect-fault", interaction=entry.headers.interaction)
        fault = Refused(
            Spine.INTERNAL_SERVER_ERROR,
            # a line to the database that is cut at the commit leaves it open which side of it was reached
            "Something went wrong here. It is not known whether it was done: look before you send it again, or report it with "
            "its Ssp-TraceID.",
        )
        with suppress(Exception):  # if the audit itself is at fault, all that is left is to say no
            record.refused(entry, fault)
        return wire.respond_refused(request, fault, media)


door.needs_token = True  # type: ignore[attr-defined]


def _answered(request: HttpRequest, entry: record.Entry, path: str) -> HttpResponse:
    proxy.refuse_direct(request)
    provider = _provider(request, entry)
    rows = _rows(request, path)
    row = _checked(request, entry, provider, rows, path)
    _require_open(provider, row)
    entry.asks_for_record = row.capability is STRUCTURED
    media = wire.media_wanted(request)
    handling = handling_of(row)
    if handling is None:
        raise Refused(Spine.NOT_IMPLEMENTED, f"{row.urn} is not provided here.")
    call = _call(request, entry, provider, row, rows[row], media)
    try:
        if handling.prepare:
            call = replace(call, prepared=handling.prepare(call))
        with unit_of_work(call.actor):
            answer = handling.handler(call)
            if row.prefers and headers.wants_minimal(request):
                answer = Answer(None, answer.status, answer.version, answer.location)
            body = wire.encoded(answer, media)
            record.answered(entry, call.actor, answer.status)
    except Refusal as refusal:
        raise refused_by(refusal) from refusal
    return wire.respond(request, answer, body, media, call.root)


def _provider(request: HttpRequest, entry: record.Entry) -> ProviderView:
    try:
        request.get_host()
    except DisallowedHost:
        raise Refused(Spine.BAD_REQUEST, "This hub is not reached by that host name.") from None
    at_its_root = f"{request.path_info}/".startswith(f"/{_root_path(entry.asked_for)}/")
    found = find_provider(ods_code=entry.asked_for, day=london_date(entry.now)) if at_its_root else None
    if found is None:
        with suppress(Refused):  # who asks is on record, if the token says it
            entry.token = _token(request, entry, entry.asked_for)
        raise Refused(
            Spine.ORGANISATION_NOT_FOUND,
            "There is no GP Connect service root at this address. Codes and addresses are case-sensitive.",
        )
    entry.provider = found.ref
    return found


def _rows(request: HttpRequest, path: str) -> dict[Interaction, str]:
    """The interactions that path and verb may be, each with the id in the path; empty when there is none."""
    return {row: found for row, found in on_path(path) if row.verb == request.method}


def _checked(
    request: HttpRequest, entry: record.Entry, provider: ProviderView, rows: dict[Interaction, str], path: str
) -> Interaction:
    """The interaction that this is, once headers, token and scope agree on it. Raises Refused."""
    problems = headers.problems_of(entry.headers, asid=provider.asid, rows=list(rows))
    try:
        entry.token = _token(request, entry, provider.ref.ods_code)
    except Refused as refused:
        if problems or refused.code is Spine.BAD_REQUEST:
            raise Refused(Spine.BAD_REQUEST, " ".join([*problems, refused.diagnostics]), token=True) from None
        raise
    if not rows:
        raise _no_such_path(path)
    if problems:
        raise Refused(Spine.BAD_REQUEST, " ".join(problems))
    row = next(row for row in rows if row.urn == entry.headers.interaction)
    if entry.token.scope != row.scope:
        raise Refused(Spine.BAD_REQUEST, f"requested_scope must be {row.scope} for this interaction.", token=True)
    return row


def _token(request: HttpRequest, entry: record.Entry, ods_code: str) -> token.Token:
    rules = token.Rules(settings.GP_CONNECT_CLOCK_SECONDS, settings.GP_CONNECT_AUDIENCES)
    sent = request.headers.get("Authorization", "")
    try:
        return token.read(sent, now=entry.now, rules=rules, provider_ods=ods_code)
    except Refused:
        entry.claimed = token.claimed(sent)
        raise


def _root_path(ods_code: str) -> str:
    path: str = settings.GP_CONNECT_PATH
    return path.replace("{ods}", ods_code)


def _no_such_path(path: str) -> Refused:
    if any(True for _ in on_path(path)):
        return Refused(Spine.BAD_REQUEST, "This verb is not used with this path.")
    return Refused(Spine.NOT_IMPLEMENTED, "There is no such resource or operation here. Names are case-sensitive.")


def _require_open(provider: ProviderView, row: Interaction) -> None:
    """All is off until the organisation has switched it on; the capability statement answers always."""
    if row.capability is None:
        return
    for capability in (GpConnectCapability.GP_CONNECT, row.capability):
        if capability not in provider.switched_on:
            raise Refused(
                Spine.ACCESS_DENIED,
                f"{NAMES[capability]} is switched off at {provider.ref.name} ({provider.ref.ods_code}).",
            )


def _call(
    request: HttpRequest, entry: record.Entry, provider: ProviderView, row: Interaction, id_in_path: str, media: Media
) -> Call:
    held: token.Token = entry.token  # type: ignore[assignment]
    try:
        body, query = wire.body_of(request), request.GET
    except (RequestDataTooBig, TooManyFieldsSent):
        raise Refused(Spine.BAD_REQUEST, "There are too many parameters.") from None
    return Call(
        actor=entry.actor,
        now=entry.now,
        provider=provider.ref,
        consumer=held.consumer,
        practitioner=held.practitioner,
        interaction=row,
        trace_id=entry.headers.trace_id,
        query=query,
        id=id_in_path,
        body=body,
        media_in=named(request.headers.get("Content-Type", "")),
        media_out=media,
        if_match=headers.if_match(request),
        root=f"{request.scheme}://{request.get_host()}/{_root_path(provider.ref.ods_code)}",
        subjects=entry.subjects,
    )
