"""What a hub takes in from files: versions, publishing, retiring, and the required set."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from pcnhub.care.consultations.checks import CHECKS
from pcnhub.care.consultations.models import Definition
from pcnhub.care.consultations.operations import DefinitionMovedOn, import_protocol, import_template, load_concepts
from pcnhub.care.consultations.operations.definitions import need, put_into_use, retire
from pcnhub.care.consultations.queries.definitions import DefinitionView, definition, definitions, published
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules.definitions import DefinitionKind, DefinitionState
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.evening import outcomes

pytestmark = pytest.mark.django_db
SHIPPED = {each.name: each.source for each in shipped()}


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    return made


def taken_in(cast: World, name: str, *, more: bytes = b"") -> DefinitionView:
    take = import_protocol if b'kind = "protocol"' in SHIPPED[name] else import_template
    return take(actor=cast.carys, now=NOW, source=SHIPPED[name] + more)


def state(cast: World, view: DefinitionView) -> DefinitionState:
    return definition(hub_id=cast.hub.pk, definition_id=view.id).state


def test_a_file_becomes_a_draft_and_the_same_file_again_is_the_same_version(cast: World) -> None:
    first = taken_in(cast, "observations")
    assert (first.number, first.state) == (1, DefinitionState.DRAFT)
    assert taken_in(cast, "observations").id == first.id
    second = taken_in(cast, "observations", more=b"\n# changed\n")
    assert second.number == 2
    assert published(hub_id=cast.hub.pk, kind=DefinitionKind.FORM) == ()


def test_publishing_a_version_retires_the_one_before(cast: World) -> None:
    first = taken_in(cast, "observations")
    put_into_use(actor=cast.carys, now=NOW, definition_id=first.id)
    second = taken_in(cast, "observations", more=b"\n# changed\n")
    put_into_use(actor=cast.carys, now=NOW, definition_id=second.id)
    assert [state(cast, each) for each in (first, second)] == [DefinitionState.RETIRED, DefinitionState.PUBLISHED]
    retire(actor=cast.carys, now=NOW, definition_id=second.id, reason="No longer right")
    assert state(cast, second) is DefinitionState.RETIRED
    with pytest.raises(DefinitionMovedOn):
        retire(actor=cast.carys, now=NOW, definition_id=second.id, reason="Again")
    with unit_of_work(cast.carys):
        actions = list(
            AuditEvent.objects.filter(action__startswith="consultations.definition").values_list("action", flat=True)
        )
    assert [each.rpartition("-")[2] for each in actions] == ["in", "published", "in", "published", "retired"]


def test_retiring_needs_a_reason(cast: World) -> None:
    view = taken_in(cast, "observations")
    with pytest.raises(InvalidInput, match="Say why you retire it"):
        retire(actor=cast.carys, now=NOW, definition_id=view.id, reason=" ")


def test_a_document_that_a_protocol_asks_for_is_not_retired_beneath_it(cast: World) -> None:
    document = taken_in(cast, "test-request")
    source = (
        b'kind = "protocol"\nkey = "form"\ntitle = "A form"\nmoments = ["finish"]\n[[ask]]\nwhat = "document"\nname = "form"\n'
        b'sentence = "Make the form."\ntemplate = "test-request"\n'
    )
    rule = import_protocol(actor=cast.carys, now=NOW, source=source)
    with pytest.raises(InvalidInput, match="no such published document template"):
        put_into_use(actor=cast.carys, now=NOW, definition_id=rule.id)
    for each in (document, rule):
        put_into_use(actor=cast.carys, now=NOW, definition_id=each.id)
    with pytest.raises(DefinitionMovedOn, match="asked for by a protocol in use: A form"):
        retire(actor=cast.carys, now=NOW, definition_id=document.id, reason="Old")
    for each in (rule, document):
        retire(actor=cast.carys, now=NOW, definition_id=each.id, reason="Old")


def test_unknown_codes_are_refused_at_the_door_and_nothing_is_kept(cast: World) -> None:
    source = SHIPPED["observations"].replace(b"386725007", b"999999").replace(b"364075005", b"888888")
    with pytest.raises(InvalidInput) as refusal:
        import_template(actor=cast.carys, now=NOW, source=source)
    assert [problem.value for problem in refusal.value.problems] == ["888888", "999999"]
    assert definitions(hub_id=cast.hub.pk) == ()


def test_a_protocol_is_published_only_where_the_hub_has_what_it_names(cast: World) -> None:
    view = taken_in(cast, "two-week-wait")
    with pytest.raises(InvalidInput) as refusal:
        put_into_use(actor=cast.carys, now=NOW, definition_id=view.id)
    assert [(problem.field, problem.value) for problem in refusal.value.problems] == [("outcomes", "two-week-wait")]
    assert state(cast, view) is DefinitionState.DRAFT


def test_only_the_hubs_manager_takes_in_and_nobody_reads_another_hubs(cast: World) -> None:
    for actor in (cast.bilal, cast.dilys, cast.charlie, cast.ada):
        with pytest.raises(NotPermitted):
            import_template(actor=actor, now=NOW, source=SHIPPED["observations"])
    view = taken_in(cast, "observations")
    for actor in (cast.bilal, cast.dilys, cast.charlie):
        with pytest.raises(NotPermitted):
            put_into_use(actor=actor, now=NOW, definition_id=view.id)
    with pytest.raises(NotFound):
        definition(hub_id=cast.outside.pk, definition_id=view.id)


def test_the_words_of_a_version_stand_whatever_the_program_does(cast: World) -> None:
    view = taken_in(cast, "observations")
    for sql in ("update consultations_definition set source = 'x'", "delete from consultations_definition"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Definition.objects.filter(pk=view.id).update(state="retired") == 1  # the control: a state may change


def checked(cast: World) -> Finding:
    hub = network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    return next(iter(CHECKS["CHK-50"](actor=system_for(cast.hub), hub=hub, now=NOW)))


def test_chk_50_is_red_until_the_required_set_is_named_and_in_use(cast: World) -> None:
    assert checked(cast).state is State.UNMET
    assert "has not said" in checked(cast).evidence
    view = taken_in(cast, "observations")
    need(actor=cast.carys, now=NOW, definition_id=view.id)
    assert checked(cast).state is State.UNMET
    assert "Observations" in checked(cast).evidence
    put_into_use(actor=cast.carys, now=NOW, definition_id=view.id)
    assert checked(cast).state is State.MET
    assert "Observations, version 1" in checked(cast).evidence
    newer = taken_in(cast, "observations", more=b"\n# changed\n")
    assert "version 2 waits" in checked(cast).evidence
    need(actor=cast.carys, now=NOW, definition_id=newer.id)
    assert checked(cast).state is State.UNMET
