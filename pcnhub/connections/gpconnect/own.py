"""The way to this installation's own GP Connect endpoint, as a caller behind the proxy has it.

From inside, nobody can come in as the Spine proxy does, with its client certificate: calls go straight to `pcnhub serve`, and
say what the proxy in front would say. The address that is called is the public one; only where it leads to is changed.
"""

from __future__ import annotations

import functools
import ssl
from typing import Any

import httpx
from django.conf import settings

from pcnhub.connections.gpconnect.client import Place
from pcnhub.connections.gpconnect.configuration import configuration

NO_ASID = "000000000000"
"""As whom an organisation calls that has none yet: only this installation's own door hears it."""


def own_place(*, ods_code: str, name: str, asid: str) -> Place:
    """The service root that an organisation has here, by the name under which others know it."""
    path = settings.GP_CONNECT_PATH.replace("{ods}", ods_code)
    return Place(0, ods_code, name, f"{configuration().address}/{path}", asid or NO_ASID)


def own_hosts() -> tuple[str, ...]:
    """All names by which this installation is reached; GP Connect's front may have another one than the staff's."""
    hub: Any = settings.HUB
    return tuple(hub.allowed_hosts)


def own_client() -> httpx.Client:
    """Connections that lead to this machine's own server, whatever address is called."""
    hub: Any = settings.HUB
    return _client(hub, hub.tls_certificate.stat().st_mtime_ns if hub.tls_certificate else 0)


def own_transport() -> httpx.BaseTransport:
    """The same way in, for a client of one's own."""
    return _StraightIn(settings.HUB)


def where() -> str:
    """Where the calls really go, for a person who must look why nothing answers there."""
    scheme, host, port = _address(settings.HUB)
    return f"{scheme}://{host}:{port}"


@functools.lru_cache(maxsize=2)
def _client(hub: Any, _renewed: int) -> httpx.Client:
    """`_renewed`: when the server's certificate was; a worker runs for months, and trusts the one that is shown now."""
    return httpx.Client(transport=_StraightIn(hub), follow_redirects=False, trust_env=False)


def _address(hub: Any) -> tuple[str, str, int]:
    host = "127.0.0.1" if hub.host in ("0.0.0.0", "::") else hub.host  # noqa: S104 - compared, not listened on
    return "https" if hub.tls_certificate else "http", host, hub.port


class _StraightIn(httpx.HTTPTransport):
    """Trusts the very certificate that the server was given, and no other."""

    def __init__(self, hub: Any) -> None:
        context = ssl.create_default_context(cafile=str(hub.tls_certificate) if hub.tls_certificate else None)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the file has the server's own, not its authority's
        super().__init__(verify=context, limits=httpx.Limits(keepalive_expiry=4))
        self._address = _address(hub)
        self._said = {"X-Forwarded-Proto": "https"} if hub.behind_proxy else {}
        if hub.gp_connect_proxy_word:
            self._said["X-PCNHub-Proxy-Word"] = hub.gp_connect_proxy_word.get_secret_value()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        scheme, host, port = self._address
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(scheme=scheme, host=host, port=port)
        request.headers.update(self._said)  # `Host` stays the name that was called
        return super().handle_request(request)
