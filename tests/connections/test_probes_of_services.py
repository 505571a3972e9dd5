"""The mail system and the demographics service, asked for real: yes, no, and no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.config.environment import load
from pcnhub.connections.mail import operations as mail
from pcnhub.connections.mail import probes as mail_probes
from pcnhub.connections.mail.configuration import Configuration
from pcnhub.connections.pds import probes as pds_probes
from pcnhub.connections.probing import Answer, Probe, run
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness.shelf import Shelf
from tests.cast import NOW, World, system_for, world
from tests.connections.mail.post_office import post_office
from tests.counterparts.pds import Counterpart, cut, too_many_requests
from tests.counterparts.pds_people import number, person

pytestmark = pytest.mark.django_db
DUMMY = number(7)


@pytest.fixture
def w() -> World:
    return world()


def found(w: World, probe: Probe) -> Finding:
    network = network_of_hub(hub_id=w.hub.pk, day=NOW.date())
    (finding,) = probe(actor=system_for(w.hub), hub=network, now=NOW)
    assert finding.fix or finding.state in (State.MET, State.NOT_APPLICABLE)
    return finding


def test_the_mail_system_is_greeted_and_no_letter_is_sent(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = mail_probes.PROBES["CHK-D5"]
    assert found(w, probe).state is State.UNMET  # none is set

    def use(port: int, tls: Any = "none") -> None:
        wanted = Configuration("127.0.0.1", port, tls, "pcn-hub@example.nhs.uk", seconds=30)
        for module in (mail, mail_probes):
            monkeypatch.setattr(module, "configuration", lambda: wanted)

    with post_office() as office:
        use(office.port)
        finding = found(w, probe)
        assert (finding.state, finding.took_ms is not None) == (State.MET, True)
        use(office.port, "starttls")
        assert found(w, probe).state is State.UNMET  # it offers no encryption
        assert not office.letters
    use(office.port)
    assert found(w, probe).state is State.UNKNOWN  # it is gone, which says nothing


@pytest.fixture
def service(w: World, settings: Any) -> Iterator[Counterpart]:
    from pcnhub.connections.pds.pacing import SERVICE
    from pcnhub.foundations.database.apart import apart

    with Counterpart() as made:
        made.has(person(DUMMY, "Test", "Terry", date(1980, 1, 1)))
        settings.PDS_DRIVER = "pds-fhir"
        settings.HUB = settings.HUB.model_copy(
            update={
                "pds_environment": "int", "pds_address": made.address, "pds_rate": 1000, "pds_seconds": 30,
                "pds_test_number": DUMMY,
            }
        )  # fmt: skip
        yield made
    with apart() as cursor:
        cursor.execute("delete from pds_pace where service = %s", [SERVICE])


def test_a_test_patient_is_read_on_record_and_nothing_of_them_is_kept(w: World, service: Counterpart) -> None:
    finding = found(w, pds_probes.PROBES["CHK-D11"])
    assert (finding.state, finding.took_ms is not None) == (State.MET, True)
    assert not {"Test", "Terry", DUMMY} & set(finding.evidence.split())
    with unit_of_work(system_for(w.hub)):
        assert "readiness" in str(AuditEvent.objects.get(action="pds.read").detail)


def test_only_the_services_own_word_is_a_no(w: World, service: Counterpart, settings: Any) -> None:
    probe = pds_probes.PROBES["CHK-D11"]
    service.faults = [cut]
    assert found(w, probe).state is State.UNKNOWN
    service.faults = [too_many_requests("0")]
    assert found(w, probe).state is State.UNKNOWN
    service.people.clear()
    assert (found(w, probe).state, "does not know" in found(w, probe).evidence) == (State.UNMET, True)
    whole = settings.HUB
    settings.HUB = whole.model_copy(update={"pds_environment": "live"})
    assert found(w, probe).state is State.UNMET  # a number for tests is not asked of the live service
    settings.HUB = whole.model_copy(update={"pds_test_number": ""})
    finding = found(w, probe)
    assert (finding.state, "No test patient" in finding.evidence) == (State.UNKNOWN, True)
    settings.PDS_DRIVER = "local"
    asked = len(service.asked)
    assert found(w, probe).state is State.NOT_APPLICABLE
    assert len(service.asked) == asked
    assert load({"PCNHUB_PDS_TEST_NUMBER": DUMMY}).pds_test_number == DUMMY


def test_what_was_read_for_another_hub_is_not_put_on_record_as_read_for_this_one(
    w: World, service: Counterpart
) -> None:
    network = network_of_hub(hub_id=w.hub.pk, day=NOW.date())
    Shelf(now=NOW, is_fresh=True).keep({"pds": Answer({"found": True}, 12)}, silent={})
    shelf = Shelf(now=NOW, is_fresh=False)
    told = run(pds_probes.PROBES, actor=system_for(w.hub), hub=network, now=NOW, shelf=shelf)["CHK-D11"]
    assert ([each.state for each in told.findings], told.asked_at, service.asked) == ([State.MET], NOW, [])
    with unit_of_work(system_for(w.hub)):
        assert not AuditEvent.objects.filter(action="pds.read").exists()
