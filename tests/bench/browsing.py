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
        self.location = ""  # where the last answer led

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
        self.send("/sign-in", {"username": username, "password": password})
        self.send("/sign-in/code", {"code": code})
        self._ask("GET", "/sign-in/position", None, 302)
        self.get("/")

    def send(self, path: str, fields: dict[str, str], *, page: str = "") -> str:
        """A form's fields, with the token of the page that it stands on (`page`, its HTML, or else what is shown where it is
        sent); where it leads to."""
        body = urlencode(fields | {"csrfmiddlewaretoken": _token(page or self.get(path))})
        self._ask("POST", path, body.encode(), 302)
        return self.location

    def upload(
        self, path: str, fields: dict[str, str], field: str, name: str, content: bytes, *, page: str = ""
    ) -> str:
        """The same with a file."""
        boundary = "a-boundary-that-no-export-has"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in (fields | {"csrfmiddlewaretoken": _token(page or self.get(path))}).items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        self._ask("POST", path, body, 302, kind=f"multipart/form-data; boundary={boundary}")
        return self.location

    def _ask(
        self, method: str, path: str, body: bytes | None, expect: int, kind: str = "application/x-www-form-urlencoded"
    ) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        self.location = response.getheader("Location") or ""
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if response.status != expect:
            raise LookupError(f"{method} {path} answered {response.status}, not {expect}")
        return text


def _token(page: str) -> str:
    token = _TOKEN.search(page)
    if token is None:
        raise LookupError("There is no form on this page")
    return token[1]
