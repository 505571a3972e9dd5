"""The examples that come with the product can be taken in as they are."""

from __future__ import annotations

import csv

from pcnhub.care.consultations.queries.shipped import DATA, shipped
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.consultations.rules.forms import form_from, unknown_codes
from pcnhub.care.consultations.rules.letters import document_from
from pcnhub.care.consultations.rules.protocols import AskKind, protocol_from


def test_every_example_is_read_whole_and_names_codes_that_are_shipped_too() -> None:
    with (DATA / "concepts.csv").open(encoding="utf-8", newline="") as file:
        known = {row["code"] for row in csv.DictReader(file)}
    readers = {
        DefinitionKind.FORM: form_from,
        DefinitionKind.DOCUMENT: document_from,
        DefinitionKind.PROTOCOL: protocol_from,
    }
    for each in shipped():
        readers[each.read.kind](each.source)
        assert each.name == each.read.key
        if each.read.kind is DefinitionKind.FORM:
            assert unknown_codes(form_from(each.source), known) == ()
        if each.read.kind is DefinitionKind.PROTOCOL:
            assert protocol_from(each.source).when.codes <= known
    assert {each.read.kind for each in shipped()} == set(DefinitionKind)


def test_a_two_week_wait_asks_for_task_e_mail_and_advice() -> None:
    source = next(each.source for each in shipped() if each.name == "two-week-wait")
    assert [ask.kind for ask in protocol_from(source).asks] == [AskKind.TASK, AskKind.EMAIL, AskKind.ADVICE]
