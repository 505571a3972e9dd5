"""A browser without a screen: one kept connection, cookies, the forms' tokens. It signs in as a person does."""

from __future__ import annotations

import http.client
import re
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def get(self, path: str, *, expect: int = 200) -> str:
        return self._ask("GET", path, None, expect)

    def sign_in(self, username: str, password: str, code: str) -> None:
        """Password, code; the one position is chosen by itself."""
        self._send("/sign-in", {"username": username, "password": password})
        self._send("/sign-in/code", {"code": code})
        self._ask("GET", "/sign-in/position", None, 302)
        self.get("/")

    def _send(self, path: str, fields: dict[str, str]) -> None:
        token = _TOKEN.search(self.get(path))
        if token is None:
            raise LookupError(f"{path} has no form")
        self._ask("POST", path, urlencode(fields | {"csrfmiddlewaretoken": token[1]}), 302)

    def _ask(self, method: str, path: str, body: str | None, expect: int) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if response.status != expect:
            raise LookupError(f"{method} {path} answered {response.status}, not {expect}")
        return text
