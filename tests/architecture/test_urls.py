"""Every address needs sign-in, or is on this short list with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from pcnhub.config import urls as real

OPEN = {
    "health-live": "asked by whoever watches the process; says only that it lives",
    "health-ready": "asked by whoever watches the hub; says only what is amiss with it",
    "sign-in": "where signing in begins",
    "sign-in-code": "between password and code; without a right password it leads back to sign-in",
    "set-up-code": "the same, the first time",
    "sign-out": "for somebody who is not signed in it does nothing",
    "own": "asks for the date of birth of whoever followed a link; says nothing about any",
    "own-link": "a patient's link: looks nothing up, and leads to the page that asks",
    "own-leave": "closes what a patient has open in this browser; for everybody else it does nothing",
}
# Behind a patient's own link: whoever has opened none gets one and the same page, which tells nothing.
BEHIND_A_LINK = {
    "own-home", "own-times", "own-book", "own-appointment", "own-move", "own-move-to", "own-cancel",
}  # fmt: skip
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


# Doors for other systems: a token comes with each call. They answer a stranger with their protocol's refusal.
BY_TOKEN = {
    "gp-connect": [
        "/Y07108/STU3/1/gpconnect/metadata",
        "/Y07108/STU3/1/gpconnect/Patient/1",
        "/y07108/stu3/1/gpconnect",
    ],
    "gp-connect-nowhere": ["/Y07108/STU3/2/gpconnect/metadata", "/Y07108/stu3"],
}


def by_token(pattern: URLPattern) -> bool:
    return getattr(pattern.callback, "needs_token", False)


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each route's name and an address that matches it."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif not by_token(pattern):
            yield (
                pattern.name or route,
                "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], route),
            )


def let_in(client: Client) -> dict[str, str]:
    """The routes that answer a stranger otherwise than by sending them to sign-in."""
    found = {}
    for name, address in addresses(get_resolver().url_patterns):
        for method in (client.get, client.post):
            answer = method(address)
            location = answer.headers.get("Location", "")
            if not (answer.status_code == 405 or (answer.status_code == 302 and location.startswith("/sign-in?next="))):
                found[name] = f"{method.__name__} {address}: {answer.status_code} {location}"
    return found


@pytest.mark.django_db
def test_every_address_needs_sign_in_or_is_listed(client: Client) -> None:
    found = let_in(client)
    unlisted = {name: answer for name, answer in found.items() if name not in {*OPEN, *BEHIND_A_LINK}}
    assert not unlisted, f"these let a stranger in: {unlisted}"


@pytest.mark.django_db
def test_behind_a_patients_link_a_stranger_gets_one_page_whatever_they_ask_for(client: Client) -> None:
    told = {
        name: {(answer.status_code, without_tokens(answer)) for answer in (client.get(address), client.post(address))}
        for name, address in addresses(get_resolver().url_patterns)
        if name in BEHIND_A_LINK
    }
    assert set(told) == BEHIND_A_LINK
    [[(status, _)]] = {frozenset(answers) for answers in told.values()}
    assert status == 403


def without_tokens(answer: Any) -> str:
    return re.sub(r'nonce="[^"]+"', "", answer.content.decode())


def doors_by_token(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from doors_by_token(pattern.url_patterns)
        elif by_token(pattern):
            yield pattern.name or str(pattern.pattern)


@pytest.mark.django_db
def test_a_door_by_token_refuses_whoever_has_none(client: Client) -> None:
    assert set(doors_by_token(get_resolver().url_patterns)) == set(BY_TOKEN)
    for name, samples in BY_TOKEN.items():
        for address in samples:
            for method in (client.get, client.post, client.put, client.delete, client.patch, client.options):
                answer = method(address)
                assert answer.resolver_match.url_name == name
                assert answer.status_code in (400, 404), address
                assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.django_db
def test_what_is_listed_as_open_exists(client: Client) -> None:
    names = {name for name, _ in addresses(get_resolver().url_patterns)}
    assert set(OPEN) <= names


def test_a_name_leads_to_one_route_for_the_same_arguments() -> None:
    resolver = get_resolver()
    names = {name for name, _ in addresses(resolver.url_patterns)}
    for name in names:
        arguments = [sorted(parameters) for [(_, parameters)], *_ in resolver.reverse_dict.getlist(name)]
        assert arguments, f"{name} has no address"
        assert all(arguments.count(each) == 1 for each in arguments), f"{name} leads to several routes"


def unguarded(request: object) -> HttpResponse:
    return HttpResponse("open to all")


urlpatterns = [*real.urlpatterns, path("unguarded", unguarded, name="unguarded")]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_view_without_the_door_is_found(client: Client) -> None:
    assert set(let_in(client)) - {*OPEN, *BEHIND_A_LINK} == {"unguarded"}
