"""Doors for other systems stand beside what browsers need: no session, no cookie, no form token, no page for an error."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


class MachineDoorMiddleware:
    """Calls a view that says `needs_token` at once; every other request goes on through the rest of the list.

    A token comes with each call and nothing else does: a browser's session, sent along, must neither help nor be kept alive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if not getattr(match.func, "needs_token", False):
            return self.get_response(request)
        request.resolver_match = match
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return answer
