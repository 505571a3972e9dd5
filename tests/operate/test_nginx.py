"""docs/operate/nginx/pcnhub.conf, run by a real nginx, with a test authority: who is served, and what reaches the hub."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.operate.authority import Authority, trusting

pytestmark = pytest.mark.slow  # needs nginx, which `make test` sees to

CONFIGURATION = Path(__file__).parents[2] / "docs/operate/nginx/pcnhub.conf"
SSP, GP_CONNECT, STAFF = "proxy.example.nhs.uk", "gpconnect.example.nhs.uk", "hub.example.nhs.uk"
WORD = "a word that nginx and the hub share, and nobody else knows"
METADATA = "/Y07108/STU3/1/gpconnect/metadata"
STARTS_WITHIN = 10.0


@dataclass(frozen=True)
class Front:
    """nginx with the configuration, before a hub that answers what it was sent."""

    port: int
    authority: Authority
    own: trustme.CA

    def ask(
        self,
        path: str = METADATA,
        *,
        shows: trustme.LeafCert | None = None,
        name: str = GP_CONNECT,
        host: str = "",
        context: ssl.SSLContext | None = None,
        method: str = "GET",
        **more: Any,
    ) -> httpx.Response:
        headers = {"Host": host or name} | more.pop("headers", {})
        with httpx.Client(verify=context or trusting(self.own, shows)) as client:
            return client.request(
                method,
                f"https://127.0.0.1:{self.port}{path}",
                headers=headers,
                extensions={"sni_hostname": name},
                **more,
            )


class Echo(BaseHTTPRequestHandler):
    """A hub that answers with the headers and the length of what reached it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"headers": self.headers.items(), "received": len(sent), "pad": "x" * 2000}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public")
        self.send_header("ETag", 'W/"7"')
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def nginx() -> str:
    found = os.environ.get("PCNHUB_NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.fail("No nginx: run `make nginx`, or set PCNHUB_NGINX to its path.")
    return found


@pytest.fixture(scope="module")
def hub() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def revoked_and_front(
    nginx: str, hub: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[trustme.LeafCert, Front]]:
    authority, own = Authority(), trustme.CA()
    revoked = authority.issue(SSP)
    authority.revoke(revoked)
    with running(nginx, hub, authority, own, tmp_path_factory.mktemp("nginx")) as front:
        yield revoked, front


@pytest.fixture(scope="module")
def front(revoked_and_front: tuple[trustme.LeafCert, Front]) -> Front:
    return revoked_and_front[1]


@pytest.fixture(scope="module")
def proxy(front: Front) -> trustme.LeafCert:
    return front.authority.issue(SSP)


@contextmanager
def running(nginx: str, hub: int, authority: Authority, own: trustme.CA, folder: Path) -> Iterator[Front]:
    """The configuration as it is in docs/, with this test's port, hub and files."""
    authority.write(folder)
    for name, file in ((STAFF, "hub"), (GP_CONNECT, "gpconnect")):
        certificate = own.issue_cert(name)
        (folder / f"{file}.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
        (folder / f"{file}.key").write_bytes(certificate.private_key_pem.bytes())
    (folder / "proxy-word.conf").write_text(f'proxy_set_header X-PCNHub-Proxy-Word "{WORD}";\n', encoding="utf-8")
    port = free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    for there, here, times in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl", 3),
        ("server 127.0.0.1:8000", f"server 127.0.0.1:{hub}", 1),
        ("/etc/pcnhub/tls", str(folder), 7),
    ):
        assert text.count(there) == times, there
        text = text.replace(there, here)
    (folder / "pcnhub.conf").write_text(text, encoding="utf-8")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "client_body", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{ worker_connections 64; }} http {{ access_log {folder}/access.log; {places} include {folder}/pcnhub.conf; }}",
        encoding="utf-8",
    )
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        wait_for(port, process)
        yield Front(port, authority, own)
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    process.terminate()
    assert process.stderr is not None
    pytest.fail(f"nginx does not run: {process.stderr.read().decode()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reached(answer: httpx.Response) -> dict[str, str]:
    """The headers that reached the hub, in small letters."""
    return {name.lower(): value for name, value in answer.json()["headers"]}


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and Spine code of a refusal of nginx, in the form of GP Connect's."""
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return answer.status_code, body["issue"][0]["details"]["coding"][0]["code"]


def test_the_spine_proxy_is_served(front: Front, proxy: trustme.LeafCert) -> None:
    answer = front.ask(shows=proxy, headers={"Ssp-From": "200000000359", "Authorization": "Bearer e30.e30."})
    assert answer.status_code == 200
    assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"]
    assert answer.headers.get_list("Cache-Control") == ["no-store"]
    assert answer.headers["ETag"] == 'W/"7"'
    assert reached(answer)["ssp-from"] == "200000000359"
    assert reached(answer)["authorization"] == "Bearer e30.e30."
    assert reached(answer)["host"] == GP_CONNECT


def test_nobody_is_served_without_a_certificate(front: Front) -> None:
    assert outcome(front.ask()) == (403, "ACCESS_DENIED")


def test_a_certificate_of_another_authority_is_refused(front: Front) -> None:
    for other in (trustme.CA().issue_cert(SSP, common_name=SSP), Authority().issue(SSP)):
        assert outcome(front.ask(shows=other)) == (403, "ACCESS_DENIED")


def test_a_revoked_certificate_is_refused(revoked_and_front: tuple[trustme.LeafCert, Front]) -> None:
    revoked, front = revoked_and_front
    assert outcome(front.ask(shows=revoked)) == (403, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("common_name", "organisation"),
    [
        ("hub.elsewhere.example", "Test"),
        (f"{SSP}.elsewhere.example", "Test"),
        (f"x{SSP}", "Test"),
        ("proxy-example-nhs-uk.example", "Test"),
        ("hub.elsewhere.example", f"Test,CN={SSP}"),  # a comma of its own, to look like a part
    ],
)
def test_another_name_of_the_same_authority_is_refused(front: Front, common_name: str, organisation: str) -> None:
    other = front.authority.issue(common_name, organisation)
    assert outcome(front.ask(shows=other)) == (403, "ACCESS_DENIED")


def test_what_a_caller_says_of_itself_is_replaced(front: Front, proxy: trustme.LeafCert) -> None:
    lies = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "http",
        "X-PCNHub-Proxy-Word": "guessed",
        "X_PCNHub_Proxy_Word": "guessed",  # WSGI can't tell the two spellings apart
    }
    seen = reached(front.ask(shows=proxy, headers=lies))
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-pcnhub-proxy-word"] == WORD
    assert "x_pcnhub_proxy_word" not in seen
    staff = reached(front.ask("/sign-in", name=STAFF, headers=lies))
    assert not staff.get("x-pcnhub-proxy-word")
    assert staff["x-forwarded-for"] == "127.0.0.1"


def test_the_staff_site_needs_no_certificate_and_does_not_open_the_other_door(front: Front) -> None:
    assert front.ask("/sign-in", name=STAFF).status_code == 200
    assert front.ask(METADATA, name=STAFF).status_code == 404
    assert reached(front.ask("/own/a-secret", name=STAFF))["x-forwarded-proto"] == "https"
    # one connection can't be opened to the staff's name and then used for the other
    assert front.ask(name=STAFF, host=GP_CONNECT).status_code in (403, 421)


def test_other_names_get_no_certificate(front: Front) -> None:
    with pytest.raises(httpx.ConnectError, match="(?i)unrecognized.name|handshake"):
        front.ask(name="elsewhere.example")


def test_old_tls_and_weak_ciphers_are_refused(front: Front, proxy: trustme.LeafCert) -> None:
    context = trusting(front.own, proxy)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert front.ask(context=context).status_code == 200
    context = trusting(front.own, proxy)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+CHACHA20:ECDHE+AES128+SHA256:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError, match="(?i)handshake|alert"):
        front.ask(context=context)
    context = trusting(front.own, proxy)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(httpx.ConnectError, match="(?i)version|alert|handshake"):
        front.ask(context=context)


def test_sizes_and_encodings(front: Front, proxy: trustme.LeafCert) -> None:
    assert outcome(front.ask(shows=proxy, method="POST", content=b"x" * 1_100_000)) == (413, "BAD_REQUEST")
    assert outcome(front.ask(shows=proxy, headers={"Authorization": "x" * 40_000})) == (400, "BAD_REQUEST")
    long_token = front.ask(shows=proxy, headers={"Authorization": "Bearer " + "x" * 20_000})
    assert len(reached(long_token)["authorization"]) == 20_007
    assert long_token.headers["Content-Encoding"] == "gzip"
    # sent in pieces: the hub is told the length
    pieces = front.ask(shows=proxy, method="POST", content=iter([b"a" * 10, b"b" * 20]))
    assert (pieces.json()["received"], reached(pieces)["content-length"]) == (30, "30")


def test_a_hub_that_does_not_answer_is_said_in_fhir(nginx: str, tmp_path: Path) -> None:
    authority, own = Authority(), trustme.CA()
    with running(nginx, free_port(), authority, own, tmp_path) as front:
        assert outcome(front.ask(shows=authority.issue(SSP))) == (500, "INTERNAL_SERVER_ERROR")


def test_no_log_holds_the_secret_of_a_patients_link(nginx: str, tmp_path: Path) -> None:
    """With no hub behind it: then nginx writes what was asked for into both its logs."""
    with running(nginx, free_port(), Authority(), trustme.CA(), tmp_path) as front:
        assert front.ask("/own/a-secret", name=STAFF).status_code == 502
        assert front.ask("/elsewhere/no-secret", name=STAFF).status_code == 502
    for log in ("access.log", "error.log"):
        said = (tmp_path / log).read_text(encoding="utf-8")
        assert "no-secret" in said, f"the control: {log} has what else was asked for"
        assert "a-secret" not in said


def test_without_the_check_of_the_name_the_wrong_one_is_served(
    nginx: str, hub: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the tests above find a guard that is missing."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    weakened = tmp_path / "weakened.conf"
    weakened.write_text(
        re.sub(r"if \(\$is_spine_proxy = 0\) \{.*?\}", "", text.replace("    ssl_crl  ", "    #"), flags=re.S),
        encoding="utf-8",
    )
    monkeypatch.setattr("tests.operate.test_nginx.CONFIGURATION", weakened)
    authority, own = Authority(), trustme.CA()
    revoked = authority.issue("hub.elsewhere.example")
    authority.revoke(revoked)
    with running(nginx, hub, authority, own, tmp_path) as front:
        assert front.ask(shows=revoked).status_code == 200
