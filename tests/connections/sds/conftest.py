"""One directory behind both drivers: a real LDAP server with it, and a counterpart of the FHIR API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connections.sds import counterpart, spine
from tests.connections.sds.spine import BOOK, METADATA, SEARCH

ROOT = "https://far.example/A83008/STU3/1/gpconnect"
RECORDS = (
    # all as it should be
    spine.system("200000000111", "A83008", "A83008-0000001"),
    spine.endpoint("S111", "A83008", "A83008-0000001", ROOT, METADATA),
    spine.endpoint("S112", "A83008", "A83008-0000001", ROOT, SEARCH),
    spine.endpoint("S113", "A83008", "A83008-0000001", f"{ROOT}/", BOOK),
    # an endpoint, and nobody behind it
    spine.endpoint("S211", "B83009", "B83009-0000001", "https://far.example/B83009/STU3/1/gpconnect", SEARCH),
    # two endpoints, and two systems
    spine.endpoint("S311", "C83010", "C83010-0000001", "https://one.example/C83010/STU3/1/gpconnect", SEARCH),
    spine.endpoint("S312", "C83010", "C83010-0000001", "https://two.example/C83010/STU3/1/gpconnect", SEARCH),
    spine.endpoint("S411", "D83011", "D83011-0000001", "https://far.example/D83011/STU3/1/gpconnect", SEARCH),
    spine.system("200000000411", "D83011", "D83011-0000001"),
    spine.system("200000000412", "D83011", "D83011-0000001"),
)


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[spine.Spine]:
    with spine.running(tmp_path_factory.mktemp("spine"), RECORDS) as server:
        yield server


@pytest.fixture
def fhir() -> Iterator[counterpart.Directory]:
    with counterpart.serving(RECORDS) as directory:
        yield directory
