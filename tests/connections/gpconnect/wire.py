"""A wire between two organisations of one test: GP Connect's real door behind it, and everything that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from django.test import Client

from pcnhub.connections.gpconnect import client
from pcnhub.connections.gpconnect.configuration import Configuration

Answering = Callable[[httpx.Request], httpx.Response]


class Door(httpx.BaseTransport):
    """GP Connect's door of this very process and transaction."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode("ascii")
        answer = Client().generic(
            request.method,
            path.partition("?")[0],
            request.content,
            content_type=request.headers.get("Content-Type", ""),
            headers={name: value for name, value in request.headers.items() if name not in ("host", "content-length")},
            QUERY_STRING=path.partition("?")[2],
        )
        return httpx.Response(answer.status_code, headers=list(answer.headers.items()), content=answer.content)


@dataclass
class Wire(httpx.BaseTransport):
    """`on` says of an interaction what happens to it, once: raises before or after the door has acted, or answers instead."""

    door: httpx.BaseTransport = field(default_factory=Door)
    on: dict[str, Answering] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        happens = self.on.pop(self.interaction(request), None)
        return happens(request) if happens else self.through(request)

    def through(self, request: httpx.Request) -> httpx.Response:
        answer = self.door.handle_request(request)
        answer.read()
        return answer

    @staticmethod
    def interaction(request: httpx.Request) -> str:
        return request.headers["Ssp-InteractionID"].removeprefix(client.URN)

    def asked(self) -> list[str]:
        return [self.interaction(request) for request in self.requests]

    def cut_after(self, request: httpx.Request) -> httpx.Response:
        """The door acts; its answer never arrives."""
        self.through(request)
        raise httpx.ReadTimeout("too late", request=request)

    def cut_before(self, request: httpx.Request) -> httpx.Response:
        """Sent, and nobody knows what became of it: it did not arrive."""
        raise httpx.ReadError("broken", request=request)

    def unreachable(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    def over(self, _: Configuration) -> httpx.Client:
        return httpx.Client(transport=self)
