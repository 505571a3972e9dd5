"""Checks of a hub on another system: answered by its exports, unknown without them, and a person may state the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import override_settings

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.patients.rules import read_file
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted
from pcnhub.insight.elsewhere import operations, queries
from pcnhub.insight.elsewhere.checks import ANSWERED_BY, CHECKS, answering
from pcnhub.insight.elsewhere.examples import examples_from
from pcnhub.insight.elsewhere.models import ExportMatching, Snapshot
from pcnhub.insight.elsewhere.rules import ExportKind, ExportMapping, SnapshotState, check_export
from pcnhub.insight.readiness import checking
from pcnhub.insight.readiness import operations as readiness
from pcnhub.insight.readiness import queries as grids
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.proofs import lines_at
from pcnhub.insight.readiness.rules import ByProbe, CellState, ProofKind
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def cast() -> World:
    made = world()
    Organisation.objects.filter(pk=made.hub.pk).update(system="EMIS")
    queries._rows.cache_clear()
    return made


def bring(cast: World, kind: ExportKind, text: str, *, taken_at: datetime = NOW) -> operations.ExportReport:
    return operations.import_export(
        actor=cast.carys, now=NOW, kind=kind, content=text.encode(), file_name=f"{kind}.csv", taken_at=taken_at
    )


def examples(**changed: tuple[str, str]) -> dict[str, str]:
    """The shipped ones, for the practices of the tests; `kind=(old, new)` seeds a fault."""
    files = {
        name: text.replace("B81001", "A81001").replace("B81002", "B82002")
        for name, text in examples_from(TODAY).items()
    }
    mended: dict[str, list[tuple[str, str | None]]] = {
        "users.csv": [("Sam Former", None)],
        "teams.csv": [("", "B82002,Hub tasks,Nia Price,Y,Y\n")],
        "slot-types.csv": [("Care related encounter,,Y", "Care related encounter,Planned Clinics,Y")],
        "appointments.csv": [],
    }
    for name, changes in mended.items():
        for old, new in changes:
            if new is None:
                files[name] = "".join(line for line in files[name].splitlines(True) if old not in line)
            else:
                files[name] = files[name].replace(old, new) if old else files[name] + new
    files["sessions.csv"] = files["sessions.csv"].replace(
        ",Nurse,,In-person", ",Nurse,Moorside Health Centre,In-person"
    )
    first = f"{TODAY - timedelta(days=4):%d/%m/%Y}"
    files["appointments.csv"] = files["appointments.csv"].replace(f"{first},18:45,Booked", f"{first},18:45,Left")
    for kind, (old, new) in changed.items():
        name = f"{kind.replace('_', '-')}.csv"
        assert old in files[name], f"{old} is not in {name}"
        files[name] = files[name].replace(old, new, 1)
    return files


def bring_all(cast: World, files: dict[str, str]) -> None:
    for kind in ExportKind:
        assert not bring(cast, kind, files[f"{kind}.csv"]).faults


def ask(cast: World, check_id: str, now: datetime = NOW) -> dict[int, Finding]:
    network = network_of_hub(hub_id=cast.hub.pk, day=now.date())
    return {each.target: each for each in CHECKS[check_id](actor=cast.carys, hub=network, now=now)}


def states(cast: World) -> dict[str, set[State]]:
    return {check_id: {each.state for each in ask(cast, check_id).values()} for check_id in CHECKS}


DENIES_ONLY = {"CHK-06", "CHK-09", "CHK-26", "CHK-28"}


def test_a_hub_in_order_is_met_and_what_an_export_can_only_deny_is_left_to_a_person(cast: World) -> None:
    bring_all(cast, examples())
    found = states(cast)
    assert {check_id for check_id, state in found.items() if state == {State.UNKNOWN}} == DENIES_ONLY
    assert {check_id for check_id, state in found.items() if state <= {State.MET, State.NOT_APPLICABLE}} == set(
        CHECKS
    ) - DENIES_ONLY


SEEDED: list[tuple[str, dict[str, tuple[str, str]], str]] = [
    ("CHK-06", {"users": ("treid,Sessional GP", "treid,")}, "Dr Tom Reid"),
    ("CHK-09", {"users": ("Sessional GP,R8000", "Sessional GP,")}, "Dr Tom Reid"),
    ("CHK-10", {"users": ("R8001,B0254 B0360", "R8001,B0254")}, "Nurse Lena Cole lacks B0360"),
    ("CHK-11", {"users": ("11,Y,Y,Y,19/11/2025,", "11,Y,Y,Y,19/11/2025,01/12/2026")}, "Dr Asha Patel: ends on 1 December 2026"),
    ("CHK-12", {"users": ("G9999012", "")}, "Dr Tom Reid has no prescriber code"),
    ("CHK-43", {"users": (f"{TODAY - timedelta(days=2):%d/%m/%Y}", "01/02/2026")}, "Morag Bell: last on 1 February 2026"),
    ("CHK-44", {"users": ("555000000012", "555000000011")}, "apatel, treid"),
    ("CHK-42", {"users": ("555000000013,,Y,Y", "555000000013,,N,Y")}, "Nurse Lena Cole"),
    ("CHK-19", {"sessions": (",Moorside PCN practice booking,free", ",,free")}, "EA GP Mon"),
    ("CHK-20", {"sessions": (",In-person,EA GP F2F", ",,EA GP F2F")}, "no delivery channel"),
    ("CHK-25", {"sessions": ("EA GP Tue", "Tuesday clinic")}, "Tuesday clinic"),
    ("CHK-59", {"appointments": (",Left,A81001", ",Booked,A81001")}, "1 of Mon 16 Nov still booked"),
    ("CHK-26", {"appointments": ("23/11/2026,18:40,Booked,B82002", "23/11/2026,18:40,Booked,")}, "no registered practice"),
    ("CHK-28", {"appointments": ("23/11/2026,18:40,Booked,B82002", "23/11/2026,18:40,Booked,C83003")}, "1 of C83003"),
    ("CHK-57", {"slot_types": ("EA Nurse smears,", "EA Nurse,")}, "EA Nurse smears"),
    ("CHK-58", {"slot_types": ("Extended Access Provision", "General Practice")}, "service setting General Practice"),
    ("CHK-61", {"slot_types": ("activity,,N", "activity,,Y")}, "Admin is bookable"),
]  # fmt: skip


def test_each_seeded_fault_is_named_and_nothing_else_is_blamed(cast: World) -> None:
    cast.network.session_name_pattern = "EA .+"
    cast.network.save(update_fields=["session_name_pattern"])
    missed = []
    for check_id, changed, named in SEEDED:
        files = examples(**changed)
        for kind in CHECKS[check_id].kinds:
            bring(cast, kind, files[f"{kind}.csv"])
        (found,) = ask(cast, check_id).values()
        several = ";" in found.evidence and check_id not in ("CHK-19", "CHK-44")
        if found.state is not State.UNMET or named not in found.evidence or several or found.fix is None:
            missed.append((check_id, found))
    assert not missed


def without(files: dict[str, str], kind: ExportKind, word: str) -> str:
    return "".join(line for line in files[f"{kind}.csv"].splitlines(True) if word not in line)


def test_a_day_without_slots_an_hour_without_a_gp_and_a_week_with_too_few_minutes(cast: World) -> None:
    files, day = examples(), TODAY + timedelta(days=8)
    bring(cast, ExportKind.USERS, files["users.csv"])
    bring(cast, ExportKind.SESSIONS, without(files, ExportKind.SESSIONS, f"{day:%d/%m/%Y}"))
    assert "Tue 1 Dec" in ask(cast, "CHK-22")[cast.hub.pk].evidence
    assert "no GP Tue 1 Dec 18:30 to 20:00" in ask(cast, "CHK-24")[cast.hub.pk].evidence
    assert ask(cast, "CHK-21")[cast.hub.pk].state is State.MET  # 180 minutes less are still enough for 20,000 patients
    cast.network.adjusted_population = 60_000
    cast.network.save(update_fields=["adjusted_population"])
    (short,) = ask(cast, "CHK-21").values()
    assert short.state is State.UNMET
    assert "of 3600 minutes" in short.evidence


def test_a_practice_with_one_member_is_unmet_and_one_that_nobody_exported_unknown(cast: World) -> None:
    bring(cast, ExportKind.TEAMS, f"{TEAM}A81001,EA,Ada,Y,Y\nA81001,EA,Eve,Y,Y\n")
    found = ask(cast, "CHK-36")
    assert (found[cast.ash.pk].state, found[cast.birch.pk].state) == (State.MET, State.UNKNOWN)
    bring(cast, ExportKind.TEAMS, f"{TEAM}A81001,EA,Ada,Y,Y\nA81001,EA,Eve,N,Y\n")
    assert ask(cast, "CHK-36")[cast.ash.pk].state is State.UNMET


TEAM = "Organisation code,Team,Member,Active,Accepts tasks\n"


def before(day: date) -> Callable[[str], str]:
    def cut(text: str) -> str:
        header, *lines = text.splitlines(keepends=True)
        return header + "".join(
            line for line in lines if f"{day:%Y%m%d}" > "".join(reversed(line.split(",")[1].split("/")))
        )

    return cut


def changed(old: str, new: str = "") -> Callable[[str], str]:
    return lambda text: re.sub(old, new, text)


PARTIAL: list[tuple[ExportKind, Callable[[str], str], tuple[str, ...]]] = [
    (ExportKind.SESSIONS, before(date(2026, 12, 7)), ("CHK-19", "CHK-20", "CHK-25")),
    (ExportKind.SESSIONS, before(date(2026, 11, 30)), ("CHK-42",)),
    (ExportKind.SESSIONS, changed("Slot status", "Other"), ("CHK-21", "CHK-22", "CHK-24")),
    (ExportKind.SESSIONS, changed("EA Nurse smears"), ("CHK-57",)),
    (ExportKind.USERS, changed("Active", "Other"), ("CHK-42",)),
    (ExportKind.USERS, changed(",Y,Y,Y,", ",,Y,Y,"), ("CHK-10",)),  # whose consultations they are stands in no line
    (ExportKind.USERS, changed("5550000000.."), ("CHK-44",)),
    (ExportKind.TEAMS, changed("Accepts tasks", "Other"), ("CHK-36",)),
    (ExportKind.SLOT_TYPES, changed("EA Nurse smears", "EA Nurse"), ("CHK-58",)),
    (ExportKind.SLOT_TYPES, changed("Not an Appointment,Other,Administration.*activity", "Admin,,"), ("CHK-61",)),
]


def as_kept(kind: ExportKind, text: str) -> queries.Export:
    """What `newest` makes of a file, without keeping it."""
    found = check_export(read_file(text.encode()), ExportMapping(kind))
    kept = queries.SnapshotView(
        1, kind, SnapshotState.KEPT, NOW, NOW, "", "", "", "", "", found.lines, found.left_out, found.fields, ()
    )
    return queries.Export(kept, found.rows)


def test_what_an_export_does_not_reach_or_say_is_never_met(cast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.network.session_name_pattern = "EA .+"
    cast.network.save(update_fields=["session_name_pattern"])
    files = examples()
    whole = {kind: as_kept(kind, files[f"{kind}.csv"]) for kind in ExportKind}
    right = []
    for kind, cut, asked in PARTIAL:
        there = {**whole, kind: as_kept(kind, cut(files[f"{kind}.csv"]))}
        monkeypatch.setattr(answering, "newest", lambda there=there, **asked: there[asked["kind"]])
        right += [
            (kind, each) for each in asked if State.UNKNOWN not in {found.state for found in ask(cast, each).values()}
        ]
    assert not right


def test_without_an_export_too_old_or_without_a_column_a_check_is_unknown_and_says_so(cast: World) -> None:
    assert "No export of users and roles" in ask(cast, "CHK-43")[cast.hub.pk].evidence
    bring(cast, ExportKind.USERS, "Name\nAda Byron\n")
    lacks = ask(cast, "CHK-43")[cast.hub.pk]
    assert (lacks.state, "no column for Last login" in lacks.evidence) == (State.UNKNOWN, True)
    assert lacks.fix is not None
    assert lacks.fix.page == "exports"
    bring(cast, ExportKind.SESSIONS, examples()["sessions.csv"])
    assert ask(cast, "CHK-20")[cast.hub.pk].state is State.MET
    later = NOW + timedelta(days=4)
    old = ask(cast, "CHK-20", later)[cast.hub.pk]
    assert (old.state, "more than 3 days ago" in old.evidence) == (State.UNKNOWN, True)
    with override_settings(EXPORT_DAYS={"CHK-20": 9}):
        assert ask(cast, "CHK-20", later)[cast.hub.pk].state is State.MET


def test_lines_that_were_left_out_make_what_looks_right_unknown_and_leave_what_is_wrong_wrong(cast: World) -> None:
    good = "Name,Smartcard\nAda,1\nEve,2\n"
    bring(cast, ExportKind.USERS, good + "Ida\n")
    found = ask(cast, "CHK-44")[cast.hub.pk]
    assert (found.state, "1 line could not be read" in found.evidence) == (State.UNKNOWN, True)
    bring(cast, ExportKind.USERS, good.replace("2", "1") + "Ida\n")
    assert ask(cast, "CHK-44")[cast.hub.pk].state is State.UNMET


def test_a_newer_export_supersedes_and_an_older_one_does_not(cast: World) -> None:
    first = bring(cast, ExportKind.USERS, "Name\nAda\n", taken_at=NOW - timedelta(days=2))
    second = bring(cast, ExportKind.USERS, "Name\nEve\n", taken_at=NOW - timedelta(days=1))
    old = Snapshot.objects.get(pk=first.snapshot_id or 0)
    assert (old.state, old.rows) == (SnapshotState.SUPERSEDED, None)
    with pytest.raises(Conflict):
        bring(cast, ExportKind.USERS, "Name\nIda\n", taken_at=NOW - timedelta(days=3))
    newest = queries.newest(hub_id=cast.hub.pk, kind=ExportKind.USERS)
    assert newest is not None
    assert (newest.snapshot.id, newest.snapshot.by_name) == (second.snapshot_id, cast.carys.name)
    assert len({each.sha256 for each in queries.snapshots(actor=cast.carys, now=NOW)}) == 2


def test_a_draft_is_sealed_and_goes_after_a_day_and_a_dry_run_leaves_nothing(cast: World) -> None:
    kind = ExportKind.APPOINTMENTS
    text = "Date,Start,Status,Practice code,Reason\n24/11/2026,18:30,Booked,A81001,secret words\n"
    snapshot_id = operations.receive(
        actor=cast.carys, now=NOW, kind=kind, content=text.encode(), file_name="a.csv", taken_at=NOW
    )
    row = Snapshot.objects.get(pk=snapshot_id)
    assert row.rows is None
    assert b"secret words" not in bytes(row.content or b"")
    operations.forget_drafts(NOW + timedelta(days=1, minutes=1))
    assert not Snapshot.objects.exists()
    done = operations.import_export(
        actor=cast.carys, now=NOW, kind=kind, content=text.encode(), file_name="a.csv", taken_at=NOW, dry_run=True
    )
    assert (done.snapshot_id, done.kept) == (None, 1)
    assert not Snapshot.objects.exists()
    bring(cast, kind, text)
    assert "secret words" not in str(Snapshot.objects.values_list("rows", flat=True).get())


def test_how_it_was_matched_is_remembered_for_the_next(cast: World) -> None:
    mapping = {"columns": {"Mitarbeiter": "name"}}
    operations.import_export(
        actor=cast.carys,
        now=NOW,
        kind=ExportKind.USERS,
        content=b"Mitarbeiter\nAda\n",
        file_name="",
        taken_at=NOW,
        mapping=mapping,
    )
    assert bring(cast, ExportKind.USERS, "Mitarbeiter\nEve\n").kept == 1
    assert ExportMatching.objects.count() == 1


def test_what_can_not_be_an_export_is_refused_with_every_reason(cast: World) -> None:
    for content, taken_at, words in (
        (b"\0\1", NOW, "not a text file"),
        (b"Name\nAda\n", NOW + timedelta(days=1), "No export was taken then"),
        (b"Name,Active\nAda,perhaps\n", NOW, "No line of the file is in order"),
    ):
        with pytest.raises(InvalidInput, match=words):
            operations.import_export(
                actor=cast.carys, now=NOW, kind=ExportKind.USERS, content=content, file_name="", taken_at=taken_at
            )
    assert not Snapshot.objects.exists()


def test_only_those_who_manage_readiness_at_the_hub_bring_and_see_exports(cast: World) -> None:
    bring(cast, ExportKind.USERS, "Name\nAda\n")
    for stranger in (cast.ada, cast.dilys, cast.charlie):
        with pytest.raises(NotPermitted):
            operations.import_export(
                actor=stranger, now=NOW, kind=ExportKind.USERS, content=b"Name\nEve\n", file_name="", taken_at=NOW
            )
    for stranger in (cast.dilys, cast.charlie):
        with pytest.raises(NotPermitted):
            queries.snapshots(actor=stranger, now=NOW)
    snapshot_id = operations.receive(
        actor=cast.carys, now=NOW, kind=ExportKind.USERS, content=b"Name\nAda\n", file_name="", taken_at=NOW
    )
    with pytest.raises(NotPermitted):
        queries.draft_view(actor=cast.charlie, now=NOW, snapshot_id=snapshot_id)


def test_every_line_of_the_catalogue_can_be_stated_there_and_says_how_it_is_proved(cast: World) -> None:
    lines = lines_at(CATALOGUE, hub_id=cast.hub.pk)
    assert {line.id for line in lines} == {line.id for line in CATALOGUE}
    assert not [line.id for line in lines if line.attestation is None]
    calls = {line.id for line in lines if isinstance(line.proof, ByProbe)}
    assert not calls & {"CHK-63", "CHK-D6", "CHK-D11"}, "our pages, exchange and demographics say nothing of theirs"
    assert set(CHECKS) <= {line.id for line in lines}
    assert set().union(*ANSWERED_BY.values()) == set(CHECKS)
    here = Organisation.objects.filter(pk=cast.hub.pk)
    here.update(system="PCN Hub")
    assert lines_at(CATALOGUE, hub_id=cast.hub.pk) == CATALOGUE


def test_the_grid_says_import_or_attestation_and_a_statement_counts_where_the_export_is_silent(cast: World) -> None:
    bring(cast, ExportKind.USERS, examples()["users.csv"])

    def cell(check_id: str) -> tuple[CellState, ProofKind]:
        checking.check(now=NOW, hub_id=cast.hub.pk, only={check_id}, probes=False)
        whole = grids.grid(actor=cast.carys, now=NOW, hub_id=cast.hub.pk)
        found = next(
            each for each in whole.cells if (each.requirement.id, each.organisation.id) == (check_id, cast.hub.pk)
        )
        return found.state, found.proved_by

    assert cell("CHK-43") == (CellState.MET, ProofKind.IMPORT)
    assert cell("CHK-09")[0] is CellState.UNKNOWN
    for check_id in ("CHK-09", "CHK-01"):
        readiness.attest(
            actor=cast.carys, now=NOW, hub_id=cast.hub.pk, check_id=check_id, organisation_id=cast.hub.pk,
            name="R. Auth", stated_on=date(2026, 11, 20), document="Report 7", expires_on=None,
        )  # fmt: skip
        assert cell(check_id) == (CellState.ATTESTED, ProofKind.ATTESTATION)


def test_a_hub_whose_book_is_here_needs_no_export(cast: World) -> None:
    Organisation.objects.filter(pk=cast.hub.pk).update(system="PCN Hub")
    with pytest.raises(Conflict, match="kept here"):
        bring(cast, ExportKind.USERS, "Name\nAda\n")
