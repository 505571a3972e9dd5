"""Endpoints as probes find them: registered, answering, showing slots to whom they should. The hub's real door stands behind."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import trustme
from pydantic import SecretStr

from pcnhub.care.organisations.models import GpConnectSwitch, GroupMember, Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.connections import probing
from pcnhub.connections.gpconnect import chain, directory
from pcnhub.connections.gpconnect.chain import Part, Step, Walk, lists_slot_search
from pcnhub.connections.gpconnect.models import Endpoint
from pcnhub.connections.gpconnect.own import own_client
from pcnhub.connections.gpconnect.probes import PROBES
from pcnhub.connections.gpconnect.targets import OUTSIDER, hub_target
from pcnhub.connections.sds.configuration import Configuration as Directory
from pcnhub.connections.sds.directory import Run
from pcnhub.connections.sds.models import Lookup
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness.rehearsed import joined
from tests.cast import NOW, World, system_for
from tests.connections.gpconnect.wire import Wire
from tests.connections.sds import counterpart, spine
from tests.rooms.appointments.book import session

OWN_ROOT, ASID = "http://localhost/Y07108/STU3/1/gpconnect", "200000000360"
METADATA, SEARCH = "rest:read:metadata-1", "rest:search:slot-1"
INTERACTIONS = (
    METADATA, "rest:search:patient-1", "operation:gpc.registerpatient-1", SEARCH, "rest:create:appointment-1",
    "rest:cancel:appointment-1", "operation:gpc.getstructuredrecord-1",
)  # fmt: skip
REGISTERED = (
    spine.system(ASID, "Y07108", "Y07108-0000001", *(f"{spine.SERVICE}fhir:{each}" for each in INTERACTIONS)),
    *(
        spine.endpoint(f"S{number}", "Y07108", "Y07108-0000001", OWN_ROOT, f"{spine.SERVICE}fhir:{each}")
        for number, each in enumerate(INTERACTIONS)
    ),
    spine.system("200000000777", "F86001", "F86001-0000001"),
    *(
        spine.endpoint(f"T{number}", "F86001", "F86001-0000001", "https://new.example/F86001/STU3/1/gpconnect", each)
        for number, each in enumerate((spine.METADATA, spine.SEARCH, spine.BOOK))
    ),
)


@pytest.fixture
def hub(w: World, wire: Wire, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    """The hub with its ASID, and the way to its own door."""
    settings.HUB = settings.HUB.model_copy(update={"gp_connect_search_seconds": 60})  # however busy the machine is
    w.hub.asid = ASID
    w.hub.save(update_fields=["asid"])
    monkeypatch.setattr("pcnhub.connections.gpconnect.targets.own_client", lambda: httpx.Client(transport=wire))
    return w


@pytest.fixture
def sds(hub: World, settings: Any) -> Iterator[counterpart.Directory]:
    with counterpart.serving(REGISTERED) as serving:
        settings.HUB = settings.HUB.model_copy(
            update={"sds_url": serving.address, "sds_key": SecretStr(counterpart.KEY), "sds_seconds": 30}
        )
        yield serving


class Supplier(httpx.BaseTransport):
    """The system on which another hub works, with one free slot."""

    SLOT: ClassVar = (
        {
            "resourceType": "Slot", "id": "1", "status": "free", "schedule": {"reference": "Schedule/1"},
            "start": "2026-11-24T18:30:00+00:00", "end": "2026-11-24T18:45:00+00:00",
        },
        {"resourceType": "Schedule", "id": "1", "actor": [{"reference": "Location/1"}]},
        {"resourceType": "Location", "id": "1", "name": "Elsewhere"},
    )  # fmt: skip
    STATEMENT: ClassVar = {"type": "Slot", "interaction": [{"code": "search-type"}]}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if Wire.interaction(request) == METADATA:
            body: dict[str, Any] = {"resourceType": "CapabilityStatement", "rest": [{"resource": [self.STATEMENT]}]}
        else:
            body = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in self.SLOT]}
        return httpx.Response(200, json=body, headers={"Content-Type": "application/fhir+json"})


def asked(w: World, *wanted: str) -> Mapping[str, probing.Told]:
    network = network_of_hub(hub_id=w.hub.pk, day=london_date(NOW))
    probes = {check_id: PROBES[check_id] for check_id in wanted or PROBES}
    return probing.run(probes, actor=system_for(w.hub), hub=network, now=NOW)


def found(w: World, check_id: str, *, at: Organisation | None = None) -> Finding:
    told = asked(w, check_id)[check_id]
    if told.failure:
        raise told.failure
    mine = [finding for finding in told.findings if finding.target == (at or w.hub).pk]
    assert all(finding.fix or finding.state in (State.MET, State.NOT_APPLICABLE) for finding in mine)
    return next((finding for finding in mine if finding.state is not State.MET), mine[0])


def test_each_practice_finds_the_slots_and_an_outsider_none(hub: World, wire: Wire) -> None:
    session(hub)
    told = asked(hub, "CHK-23")["CHK-23"]
    by_target = {finding.target: finding for finding in told.findings}
    assert set(by_target) == {hub.hub.pk, hub.ash.pk, hub.birch.pk}
    assert {finding.state for finding in told.findings} == {State.MET}
    assert "6 over GP Connect" in by_target[hub.ash.pk].evidence
    assert by_target[hub.ash.pk].took_ms is not None
    askers = [request.url.params.get_list("searchFilter")[0].rpartition("|")[2] for request in wire.requests[1:]]
    assert askers == ["A81001", "B82002", OUTSIDER]  # for real, and as each


def test_an_outsider_who_finds_a_slot_is_told_of(hub: World) -> None:
    """Negative control of the above: the same search, of sessions that are open to everybody."""
    session(hub, group_ids=frozenset(), open_to_all=True)
    finding = found(hub, "CHK-23")
    assert (finding.state, "outside the network finds 6 slots" in finding.evidence) == (State.UNMET, True)


def test_a_practice_that_finds_nothing_is_told_why_and_no_other_is_blamed(hub: World) -> None:
    session(hub)
    GroupMember.objects.filter(organisation=hub.birch).update(subscribed_at=None)
    assert found(hub, "CHK-23", at=hub.ash).state is State.MET
    finding = found(hub, "CHK-23", at=hub.birch)
    assert (finding.state, "none of 6 free slots" in finding.evidence) == (State.UNMET, True)
    assert finding.fix is not None
    assert (finding.fix.page, "Birch Road Practice" in finding.fix.who) == ("groups", True)


def test_with_nothing_free_nobody_knows_who_would_find_it(hub: World) -> None:
    told = asked(hub, "CHK-23")["CHK-23"]
    assert {(finding.state, "no free slot" in finding.evidence) for finding in told.findings} == {(State.UNKNOWN, True)}
    assert hub.hub.pk in {
        finding.target for finding in told.findings
    }  # that an outsider finds nothing is no proof, either


def test_whom_the_endpoint_refuses_keeps_no_other_from_being_heard(hub: World, wire: Wire) -> None:
    session(hub)
    status, body = counterpart.outcome(403, "forbidden", "ACCESS_DENIED")
    wire.on[SEARCH] = lambda _: httpx.Response(status, content=body, headers={"Content-Type": "application/fhir+json"})
    states = {finding.target: finding.state for finding in asked(hub, "CHK-23")["CHK-23"].findings}
    assert states == {hub.ash.pk: State.UNMET, hub.birch.pk: State.MET, hub.hub.pk: State.MET}


def test_what_was_answered_before_the_time_was_up_stands_and_nothing_more_is_asked(hub: World, wire: Wire) -> None:
    given: list[tuple[Step, ...]] = []
    network = network_of_hub(hub_id=hub.hub.pk, day=london_date(NOW))
    target = hub_target(actor=system_for(hub.hub), hub=network, now=NOW)
    walk = Walk(target, Run(Directory(), now=NOW), today=london_date(NOW))

    def slow(request: httpx.Request) -> httpx.Response:
        given.append(walk.give_up())
        return wire.through(request)

    wire.on[SEARCH] = slow
    walk()
    (steps,) = given
    assert [(step.part, step.state) for step in steps] == [(Part.METADATA, State.MET), (Part.SEARCH, State.UNKNOWN)]
    assert (steps[-1].asker, "when the time was up" in steps[-1].said) == ("A81001", True)
    assert wire.asked() == [METADATA, SEARCH]  # the thread ends with the step that was under way


def test_a_server_that_was_waited_for_in_vain_is_not_waited_for_by_the_next_hub(
    hub: World, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_of_hub(hub_id=hub.hub.pk, day=london_date(NOW))
    target = hub_target(actor=system_for(hub.hub), hub=network, now=NOW)

    def walked(silent: Mapping[str, probing.Answer]) -> tuple[Walk, tuple[Step, ...]]:
        walk = Walk(target, Run(Directory(), now=NOW), today=london_date(NOW))
        walk.spare(silent)
        return walk, walk()

    monkeypatch.setattr(chain, "LONG", 0)
    wire.on[METADATA] = wire.cut_before
    silence = walked({})[0].waited_for()
    assert silence is not None
    wire.requests.clear()
    _, (step,) = walked({silence[0]: probing.Answer(took_ms=5000, is_late=True, asked_at=NOW)})
    assert (step.part, step.state, step.took_ms) == (Part.METADATA, State.UNKNOWN, 5000)
    assert (step.said[:23], wire.asked()) == ("Nothing was heard from ", [])
    walk, steps = walked({"another.example": probing.Answer(is_late=True)})
    assert (steps[0].state, walk.waited_for()) == (State.MET, None)


def test_an_endpoint_that_is_silent_is_unknown_and_the_later_steps_are_not_asked(hub: World, wire: Wire) -> None:
    session(hub)
    wire.on[METADATA] = wire.cut_before
    assert found(hub, "CHK-15").state is State.UNKNOWN
    wire.on[METADATA] = wire.cut_before
    wire.requests.clear()
    finding = found(hub, "CHK-23", at=hub.ash)
    assert (finding.state, "on the pages here" in finding.evidence) == (State.UNKNOWN, True)
    assert wire.asked() == [METADATA]


def test_a_search_without_an_answer_is_held_up_by_nothing_of_another_day(hub: World, wire: Wire) -> None:
    session(hub)
    wire.on[SEARCH] = wire.cut_before  # the first who asks; nobody after it is heard
    findings = asked(hub, "CHK-23")["CHK-23"].findings
    targets = {hub.hub.pk, hub.ash.pk, hub.birch.pk}
    assert {(finding.target, finding.state) for finding in findings} == {(each, State.UNKNOWN) for each in targets}
    last_night = [Finding("CHK-23", each, State.MET, "Passed", proved_by="rehearsal") for each in targets]
    assert {each.target for each in joined(findings, last_night) if each.state is State.UNKNOWN} == targets


def test_an_endpoint_that_shows_otherwise_than_the_rules_say_is_reported(hub: World, wire: Wire) -> None:
    session(hub)
    empty = {"resourceType": "Bundle", "type": "searchset"}
    wire.on[SEARCH] = lambda _: httpx.Response(200, json=empty, headers={"Content-Type": "application/fhir+json"})
    finding = found(hub, "CHK-23", at=hub.ash)  # the first who asks
    assert (finding.state, "over GP Connect 0, where the rules show 6" in finding.evidence) == (State.UNMET, True)


def test_a_statement_without_slot_search_is_a_no(hub: World, wire: Wire) -> None:
    assert found(hub, "CHK-15").state is State.MET
    bare = {"resourceType": "CapabilityStatement", "version": "1.2.7", "rest": [{"mode": "server", "resource": []}]}
    wire.on[METADATA] = lambda _: httpx.Response(200, json=bare, headers={"Content-Type": "application/fhir+json"})
    assert found(hub, "CHK-15").state is State.UNMET
    assert not lists_slot_search({"rest": [{"resource": [{"type": "Slot", "interaction": [{"code": "read"}]}]}]})
    assert not lists_slot_search({"rest": "none"})


def test_without_the_national_directory_a_person_must_say(hub: World) -> None:
    finding = found(hub, "CHK-03")
    assert (finding.state, "a person must say" in finding.evidence) == (State.UNKNOWN, True)


def test_what_is_licensed_is_registered_step_by_step(hub: World, sds: counterpart.Directory, wire: Wire) -> None:
    session(hub)
    told = asked(hub, "CHK-03", "CHK-15", "CHK-23")
    assert {finding.state for each in told.values() for finding in each.findings} == {State.MET}
    assert "All 7 interactions" in told["CHK-03"].findings[0].evidence
    assert len(sds.asked) == 14  # three checks, one walk
    assert wire.asked() == [METADATA, SEARCH, SEARCH, SEARCH]
    assert Lookup.objects.filter(organisation_id=hub.hub.pk, outcome="found").count() == 14

    sds.records = tuple(each for each in REGISTERED if each.id != "S3")  # no MHS record for the search
    wire.requests.clear()
    told = asked(hub, "CHK-03", "CHK-15", "CHK-23")
    assert [told[each].findings[0].state for each in ("CHK-03", "CHK-15")] == [State.UNMET, State.MET]
    assert "search:slot-1: no active endpoint" in told["CHK-03"].findings[0].evidence
    assert {finding.state for finding in told["CHK-23"].findings} == {State.UNKNOWN}
    assert wire.asked() == [METADATA]  # nothing is searched that cannot be found


def test_an_asid_that_is_missing_or_another_one_is_said(hub: World, sds: counterpart.Directory) -> None:
    sds.records = REGISTERED[1:]
    finding = found(hub, "CHK-03")
    assert (finding.state, "no ASID" in finding.evidence) == (State.UNMET, True)
    sds.records = (replace(REGISTERED[0], id="200000000999"), *REGISTERED[1:])
    finding = found(hub, "CHK-03")
    assert (finding.state, "ASID 200000000999 there, 200000000360 here" in finding.evidence) == (State.UNMET, True)


def test_the_front_of_gp_connect_may_have_a_name_and_a_port_of_its_own(
    hub: World, sds: counterpart.Directory, settings: Any
) -> None:
    def at(address: str) -> State:
        moved = (
            replace(each, attributes=tuple((n, v.replace(OWN_ROOT, address)) for n, v in each.attributes))
            for each in REGISTERED
        )
        sds.records = tuple(moved)
        return found(hub, "CHK-03").state

    settings.HUB = settings.HUB.model_copy(update={"allowed_hosts": ("localhost", "gpc.example"), "https": False})
    assert at("http://gpc.example:4443/Y07108/STU3/1/gpconnect") is State.MET
    assert at("http://old.example/Y07108/STU3/1/gpconnect") is State.UNMET
    assert at("http://gpc.example/y07108/STU3/1/gpconnect") is State.UNMET  # case matters


def test_our_own_server_is_trusted_by_its_very_certificate_and_told_what_the_proxy_says(
    settings: Any, tmp_path: Path
) -> None:
    authority, said = trustme.CA(), dict[str, str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.update(self.headers)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server, shown = ThreadingHTTPServer(("127.0.0.1", 0), Handler), authority.issue_cert("hub.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def ask(leaf: trustme.LeafCert, name: str) -> int:
        leaf.cert_chain_pems[0].write_to_path(tmp_path / name)
        settings.HUB = settings.HUB.model_copy(
            update={
                "tls_certificate": tmp_path / name,
                "port": server.server_port,
                "gp_connect_proxy_word": SecretStr("w" * 60),
            }
        )
        return own_client().get("https://hub.example/x").status_code

    assert ask(shown, "own.pem") == 200
    assert (said["Host"], said["X-PCNHub-Proxy-Word"]) == ("hub.example", "w" * 60)
    with pytest.raises(httpx.ConnectError):
        ask(authority.issue_cert("hub.example"), "own.pem")  # renewed: of the same authority, for the same name
    server.shutdown()
    server.server_close()


def test_a_directory_that_is_away_is_unknown(hub: World, sds: counterpart.Directory) -> None:
    sds.instead = [lambda: counterpart.outcome(504, "timeout", "INTERNAL_SERVER_ERROR")] * 2
    finding = found(hub, "CHK-03")
    assert (finding.state, "can't answer now" in finding.evidence) == (State.UNKNOWN, True)
    assert Lookup.objects.get().answer_code == 504


def line(w: World, root: str) -> int:
    facts = directory.EndpointFacts(ods_code="F86001", name="Far Practice", service_root=root, asid="200000000777")
    return directory.save_endpoint(actor=w.carys, now=NOW, facts=facts).id


def test_a_line_that_disagrees_with_the_national_directory_is_reported_with_both_values(
    hub: World, sds: counterpart.Directory, wire: Wire
) -> None:
    line_id = line(hub, "https://old.example/F86001/STU3/1/gpconnect")
    finding = found(hub, "CHK-D7")
    assert finding.state is State.UNMET
    assert "https://new.example/F86001/STU3/1/gpconnect there, https://old.example/F86001" in finding.evidence
    assert finding.fix is not None
    assert (finding.fix.page, finding.fix.page_args) == ("endpoint-edit", (line_id,))
    assert not any("example" in request.url.host for request in wire.requests)  # neither is called
    with unit_of_work(hub.carys):
        assert directory.endpoint(actor=hub.carys, endpoint_id=line_id).facts.service_root.startswith("https://old")


def test_own_service_roots_and_lines_that_agree_answer(hub: World, sds: counterpart.Directory, wire: Wire) -> None:
    line(hub, "https://new.example/F86001/STU3/1/gpconnect")
    finding = found(hub, "CHK-D7")
    assert finding.state is State.UNMET  # the door behind this wire has no such practice
    assert "Far Practice" in finding.evidence
    assert [request.url.host for request in wire.requests] == ["localhost", "new.example"]
    GpConnectSwitch.objects.all().delete()
    Endpoint.objects.all().delete()
    assert found(hub, "CHK-D7").state is State.NOT_APPLICABLE


def test_a_hub_on_another_system_is_found_by_sds_and_searched_as_who_has_an_asid(
    hub: World, sds: counterpart.Directory, wire: Wire
) -> None:
    wire.door = Supplier()
    Organisation.objects.filter(pk=hub.hub.pk).update(system="EMIS")
    Organisation.objects.filter(pk=hub.ash.pk).update(asid="200000000555")
    assert found(hub, "CHK-15").state is State.MET
    assert found(hub, "CHK-03").state is State.MET
    assert "finds 1 slots" in found(hub, "CHK-23", at=hub.ash).evidence
    finding = found(hub, "CHK-23", at=hub.birch)
    assert (finding.state, "no ASID" in finding.evidence) == (State.UNKNOWN, True)
    sds.records = ()
    assert found(hub, "CHK-15").state is State.UNKNOWN


def test_a_practice_elsewhere_needs_the_hubs_endpoint(hub: World) -> None:
    session(hub, times=(time(18, 30), time(20)))
    Organisation.objects.filter(pk=hub.ash.pk).update(system="EMIS")
    assert "over GP Connect in" in found(hub, "CHK-23", at=hub.ash).evidence
    GpConnectSwitch.objects.filter(organisation=hub.hub, capability="appointments").update(is_on=False)
    finding = found(hub, "CHK-23", at=hub.ash)
    assert (finding.state, "switched off" in finding.evidence) == (State.UNMET, True)
    assert "appointments are off" in found(hub, "CHK-23", at=hub.birch).evidence
