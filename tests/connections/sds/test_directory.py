"""What the national directory has of an organisation: the same by FHIR and by LDAP, each step of it, and every way to fail."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pcnhub.connections.sds import directory, journal, ldap
from pcnhub.connections.sds import fhir as fhir_driver
from pcnhub.connections.sds.configuration import Configuration
from pcnhub.connections.sds.directory import Run
from pcnhub.connections.sds.models import Lookup
from pcnhub.connections.sds.refusals import NoAnswer, NotConfigured, NotLookedUp, SaidNo, Unclear
from pcnhub.connections.sds.words import Fault, Listing, Question
from tests.cast import NOW, World, system_for, world
from tests.connections.sds import counterpart
from tests.connections.sds.conftest import RECORDS, ROOT
from tests.connections.sds.counterpart import Directory
from tests.connections.sds.spine import BOOK, SEARCH, Spine

pytestmark = pytest.mark.slow  # needs slapd, which `make test` sees to
GONE = Configuration(address="http://127.0.0.1:9", api_key="x", seconds=1)


def run(configuration: Configuration) -> Run:
    return Run(configuration, now=NOW)


def look(configuration: Configuration, ods_code: str = "A83008", interaction: str = "rest:search:slot-1") -> Listing:
    return run(configuration).listing(ods_code=ods_code, interaction=interaction)


@pytest.fixture(params=["fhir", "ldap", "ldaps"])
def configuration(request: pytest.FixtureRequest, slapd: Spine, fhir: Directory) -> Configuration:
    return fhir.configuration() if request.param == "fhir" else slapd.configuration(tls=request.param == "ldaps")


def test_two_steps_lead_to_service_root_party_key_and_asid(configuration: Configuration) -> None:
    whole = Listing("A83008", SEARCH, ROOT, "A83008-0000001", "200000000111")
    assert look(configuration) == whole
    assert look(configuration, "a83008 ", SEARCH) == whole
    assert look(configuration, interaction="rest:create:appointment-1").address == ROOT  # without the / of its record


@pytest.mark.parametrize(
    ("ods_code", "interaction", "fault"),
    [
        ("Z99999", "rest:search:slot-1", Fault.NO_ENDPOINT),
        ("A83008", "operation:gpc.registerpatient-1", Fault.NO_ENDPOINT),
        ("B83009", "rest:search:slot-1", Fault.NO_ASID),
        ("C83010", "rest:search:slot-1", Fault.SEVERAL_ENDPOINTS),
        ("D83011", "rest:search:slot-1", Fault.SEVERAL_ASIDS),
    ],
)
def test_the_first_step_that_fails_is_the_answer(
    configuration: Configuration, ods_code: str, interaction: str, fault: Fault
) -> None:
    found = look(configuration, ods_code, interaction)
    assert (found.fault, found.asid) == (fault, "")
    assert ods_code in found.sentence()


@pytest.mark.parametrize("typed", ["*", "A83008)(objectClass=*", "A8300\\38", "(|(nhsIDCode=*))"])
def test_what_is_typed_never_becomes_a_filter(slapd: Spine, typed: str) -> None:
    assert look(slapd.configuration(), typed).fault is Fault.NO_ENDPOINT
    assert look(slapd.configuration(), interaction=typed).fault is Fault.NO_ENDPOINT


def test_unescaped_it_would(slapd: Spine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(ldap, "escape_filter_chars", lambda text: text)
    assert ldap.endpoints(slapd.configuration(), Question("*", SEARCH), uuid.uuid4())


def test_a_directory_that_is_silent_is_no_answer_and_nothing_else(slapd: Spine) -> None:
    def ask(tls: bool) -> Listing:
        return look(slapd.configuration(tls=tls, seconds=0.3))

    with slapd.deaf(), ThreadPoolExecutor() as both:
        for asked in [both.submit(ask, tls) for tls in (False, True)]:
            with pytest.raises(NoAnswer, match="has not answered"):
                asked.result()
    assert look(slapd.configuration()).asid


@pytest.mark.parametrize(
    "wrong",
    [
        {"ldap_authority": None},  # nobody vouches for its certificate
        {"ldap_certificate": None, "ldap_key": None},  # it does not know us
        {"ldap_address": "ldap://127.0.0.1:9"},
    ],
)
def test_nothing_is_asked_of_a_directory_that_is_not_to_be_trusted(slapd: Spine, wrong: dict[str, object]) -> None:
    with pytest.raises(NoAnswer):
        look(slapd.configuration(tls=True, **wrong))


def test_its_certificate_must_be_for_its_name(slapd: Spine) -> None:
    with pytest.raises(NoAnswer):
        look(slapd.configuration(tls=True, ldap_address=slapd.tls.replace("127.0.0.1", "localhost")))


def test_starttls_encrypts_the_plain_port_and_is_never_left_out(slapd: Spine) -> None:
    assert look(slapd.configuration(tls=True, ldap_address=slapd.plain)).asid
    with pytest.raises(NoAnswer):
        look(slapd.configuration(ldap_starttls=True))  # no certificates: nothing goes in clear instead


def test_a_wrong_base_is_a_no_that_names_the_setting(slapd: Spine) -> None:
    with pytest.raises(SaidNo, match="PCNHUB_SDS_LDAP_BASE"):
        look(slapd.configuration(ldap_base="ou=nowhere,o=nhs"))


def _slow() -> counterpart.Answered:
    time.sleep(0.5)
    return 200, b"{}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda: counterpart.outcome(400, "required", "BAD_REQUEST"), SaidNo),
        (lambda: counterpart.outcome(404, "not-found", "NOT_IMPLEMENTED"), SaidNo),
        (lambda: counterpart.outcome(502, "exception", "INTERNAL_SERVER_ERROR"), NoAnswer),
        (lambda: counterpart.outcome(504, "timeout", "INTERNAL_SERVER_ERROR"), NoAnswer),
        (lambda: (429, b""), NoAnswer),
        (lambda: (200, b"<html>"), Unclear),
        (lambda: (200, json.dumps(counterpart.bundle(counterpart.device(RECORDS[0], SEARCH))).encode()), Unclear),
        (lambda: (200, b'{"resourceType": "Bundle", "total": 1}'), Unclear),
        (lambda: counterpart.outcome(200, "processing", "x"), Unclear),
        (_slow, NoAnswer),
    ],
)
def test_an_answer_that_is_none_is_never_taken_for_nothing_registered(
    fhir: Directory, answer: Callable[[], counterpart.Answered], expected: type[NotLookedUp]
) -> None:
    fhir.instead = [answer]
    with pytest.raises(NotLookedUp) as refusal:
        look(fhir.configuration(seconds=0.3 if answer is _slow else 30))
    assert type(refusal.value) is expected


def test_an_answer_about_somebody_else_is_unclear(fhir: Directory) -> None:
    fhir.instead = [lambda: (200, json.dumps(counterpart.bundle(counterpart.endpoint(RECORDS[1], SEARCH))).encode())]
    with pytest.raises(Unclear, match="another organisation"):
        look(fhir.configuration(), "B83009")


def test_the_key_goes_along_and_without_it_the_answer_is_no(fhir: Directory) -> None:
    assert look(fhir.configuration()).asid
    path, query, headers = fhir.asked[-1]
    assert path.endswith("/Device")
    assert "https://fhir.nhs.uk/Id/nhsMhsPartyKey|A83008-0000001" in query["identifier"]
    assert uuid.UUID(headers["x_correlation_id"])
    with pytest.raises(SaidNo, match="API key"):
        look(fhir.configuration(api_key=""))


@pytest.fixture
def w(db: None) -> World:
    return world()


def test_a_run_asks_each_question_once_and_all_of_it_is_in_the_journal(w: World, fhir: Directory) -> None:
    asking = run(fhir.configuration())
    for _ in range(2):
        asking.listing(ods_code="A83008", interaction="rest:search:slot-1")
    assert len(fhir.asked) == 2
    asking.listing(ods_code="B83009", interaction=SEARCH)
    fhir.instead = [lambda: (503, b"")]
    with pytest.raises(NoAnswer):
        asking.listing(ods_code="A83008", interaction=BOOK)
    asking.write_down(actor=system_for(w.hub))
    asking.write_down(actor=system_for(w.hub))
    rows = Lookup.objects.order_by("pk").values_list("operation", "ods_code", "outcome", "found", "answer_code")
    assert list(rows) == [
        ("endpoint", "A83008", "found", 1, None), ("device", "A83008", "found", 1, None),
        ("endpoint", "B83009", "found", 1, None), ("device", "B83009", "nothing", 0, None),
        ("endpoint", "A83008", "no-answer", 0, 503),
    ]  # fmt: skip
    assert all(row.started_at >= NOW and row.milliseconds >= 0 for row in Lookup.objects.all())
    assert run(fhir.configuration()).listing(ods_code="A83008", interaction=SEARCH).asid  # the next run asks anew
    assert len(fhir.asked) == 7
    journal.forget_old(NOW + timedelta(days=179))
    assert Lookup.objects.count() == 5
    journal.forget_old(NOW + timedelta(days=181))
    assert not Lookup.objects.exists()


def test_what_is_not_answered_when_the_time_is_up_is_in_the_journal_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, written = run(GONE), list[journal.Line]()
    monkeypatch.setattr(journal, "write", lambda lines, **_: written.extend(lines))

    def late(*_: object) -> tuple[()]:
        asking.write_down(actor=None)  # type: ignore[arg-type]
        return ()

    monkeypatch.setattr(fhir_driver, "endpoints", late)
    asking.listing(ods_code="A83008", interaction=SEARCH)
    asking.write_down(actor=None)  # type: ignore[arg-type]
    assert [(line.operation, line.outcome) for line in written] == [("endpoint", "no-answer")]


def test_whoever_has_no_ldap_does_not_load_its_client() -> None:
    assert not hasattr(directory, "ldap")  # its import alone takes a sixth of a second at every start


def test_without_a_setting_nobody_is_asked() -> None:
    with pytest.raises(NotConfigured):
        look(Configuration())
    with pytest.raises(NoAnswer):
        look(GONE)
