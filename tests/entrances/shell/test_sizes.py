"""How much a request may send: what is too large is refused before anything of it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pcnhub.config.requests import LARGEST_FORM, LARGEST_UPLOAD
from tests.cast import World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
UPLOAD = 3 * 1024 * 1024


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what was read of a file."""
    return counted(monkeypatch, uploadhandler.MemoryFileUploadHandler)


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what reached the folder for temporary files, where it would lie in the clear."""
    return counted(monkeypatch, uploadhandler.TemporaryFileUploadHandler)


def counted(
    monkeypatch: pytest.MonkeyPatch,
    handler: type[uploadhandler.MemoryFileUploadHandler | uploadhandler.TemporaryFileUploadHandler],
) -> list[int]:
    sizes: list[int] = []
    keep: Any = handler.receive_data_chunk

    def receive(self: Any, raw_data: bytes, start: int) -> Any:
        sizes.append(len(raw_data))
        return keep(self, raw_data, start)

    monkeypatch.setattr(handler, "receive_data_chunk", receive)
    return sizes


def upload(client: Client, address: str) -> Any:
    return client.post(address, {"file": SimpleUploadedFile("x.csv", b"0" * UPLOAD), "how": "check"})


@pytest.mark.parametrize("address", ["/sign-in", "/imports/new", "/people"])
def test_nobody_who_is_not_signed_in_fills_the_memory(address: str, kept: list[int]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["pcnhub-csrf"] = "a" * 32
    answer = upload(browser, address)
    assert answer.status_code == 413
    assert "too much to send" in answer.content.decode()
    assert not kept


def test_a_patient_list_is_sent_where_patient_lists_are_taken(cast: World, kept: list[int], on_disk: list[int]) -> None:
    dilys = signed_in_as(cast.dilys)
    assert upload(dilys, "/people").status_code == 413
    assert not kept
    assert upload(dilys, "/imports/new").status_code == 422, "it is read, and is no list"
    assert sum(kept) >= UPLOAD
    assert not on_disk, "a practice's list never lies in the clear"


def test_an_import_has_a_limit_too(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    answer = dilys.post("/imports/new", {}, CONTENT_LENGTH=str(LARGEST_UPLOAD + 1))
    assert answer.status_code == 413


def test_a_form_of_ordinary_size_goes_through(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    assert dilys.post("/people", {"text": "x" * (LARGEST_FORM // 2)}).status_code == 200
    assert dilys.post("/people", {"text": "x" * (LARGEST_FORM + 1)}).status_code == 413


def test_a_body_must_say_how_long_it_is(client: Client) -> None:
    chunked = client.generic("POST", "/sign-in", b"", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert chunked.status_code == 411
    assert client.generic("POST", "/sign-in", b"", CONTENT_LENGTH="-1").status_code == 411
