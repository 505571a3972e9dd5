"""A release of SNOMED CT in the tables: what can be chosen, found, and what stays."""

from __future__ import annotations

import pytest
from django.db import connection

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.models import CodeArrival, CodeRelease, Concept, Description
from pcnhub.care.consultations.queries.reference import BY_LENGTH, BY_WORDS
from pcnhub.care.consultations.rules.codes import beginnings
from pcnhub.care.consultations.rules.release_files import Rf2File
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, world
from tests.evening import notes, outcomes, visitor, waiting
from tests.releases import COUGH, NEW, PRESSURE, RETIRED, concept, description, is_a, relationships, release

pytestmark = pytest.mark.django_db


def take_in(files: list[Rf2File] | None = None, *, dry_run: bool = False) -> operations.CodesImported:
    return operations.import_codes(now=NOW, name="release.zip", files=files or release(), dry_run=dry_run)


def found(words: str) -> list[tuple[str, str, str]]:
    return [(each.code, each.term, each.found_by) for each in queries.find_concepts(words=words)]


def test_a_release_is_found_by_its_synonyms_and_takes_over_from_the_shipped_list() -> None:
    operations.load_concepts(now=NOW)
    shipped = Concept.objects.count()
    done = take_in()
    assert (done.concepts, done.descriptions, done.is_known) == (3, 5, False)
    assert found("tuss") == [(COUGH, "Cough", "Tussis")]
    assert found("bp") == [(PRESSURE, "Blood pressure", "BP")]
    assert found(PRESSURE) == [(PRESSURE, "Blood pressure", "")]
    assert found("fever") == []  # the release has it as inactive
    assert queries.concepts(codes=[RETIRED]) == {}
    assert queries.terms(codes=[RETIRED]) == {RETIRED: "Fever"}
    assert found("headache")  # shipped, and not in the release
    assert Concept.objects.count() == shipped  # asthma was shipped too
    assert not CodeArrival.objects.exists()
    release_in_use = queries.code_release()
    assert release_in_use is not None
    assert (release_in_use.name, str(release_in_use.effective_on)) == ("release.zip", "2026-04-01")


def test_the_shipped_list_never_takes_a_release_back() -> None:
    take_in(release(descriptions=(description("1000020011", COUGH, "Hoast"),)))
    operations.load_concepts(now=NOW)
    assert found("hoast") == [(COUGH, "Cough", "Hoast")]
    assert found("fever") == []  # nor what it retired


def test_the_same_release_again_and_a_dry_run_change_nothing() -> None:
    Concept.objects.filter(code=NEW).update(is_active=False)
    dry = take_in(dry_run=True)
    assert (dry.added, dry.retired, queries.code_release(), bool(found("fever"))) == (1, 1, None, True)
    first = take_in()
    assert (first.added, first.retired) == (1, 1)
    again = take_in()
    assert (again.is_known, again.added, CodeRelease.objects.count()) == (True, 0, 1)


def test_a_later_release_renames_and_retires() -> None:
    take_in()
    files = release(concepts=(concept(NEW, active="0", time="20261001"),))
    files[1] = Rf2File("description.txt", files[1].content.replace(b"\tBP\t", b"\tBP reading\t"))
    done = take_in(files)
    assert (done.added, done.renamed, done.retired) == (0, 0, 1)
    assert found("asth") == []
    assert queries.terms(codes=[NEW]) == {NEW: "Asthma"}
    assert found("bp") == [(PRESSURE, "Blood pressure", "BP reading")]
    assert Description.objects.filter(concept__in=[COUGH, PRESSURE, NEW]).count() == 4  # nothing twice


def test_a_broken_release_leaves_the_list_in_use() -> None:
    take_in()
    with pytest.raises(InvalidInput):
        take_in(release(descriptions=(description("x", COUGH, "y"),)))
    assert found("tussis")
    assert CodeRelease.objects.count() == 1


def test_a_draft_can_still_be_saved_with_a_code_that_a_release_retires() -> None:
    cast = world()
    outcomes(cast)
    booking = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash))
    begun = operations.start(actor=cast.bilal, now=NOW, booking_id=booking)
    operations.load_concepts(now=NOW)
    first = operations.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=notes())
    Concept.objects.filter(code=COUGH).update(is_active=False)
    assert operations.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=first, notes=notes("More."))
    with pytest.raises(InvalidInput) as refused:  # but nobody finishes with it unseen
        operations.finish(actor=cast.bilal, now=NOW, consultation_id=begun, revision=first + 1)
    assert [problem.code for problem in refused.value.problems] == ["unknown-code"]


@pytest.mark.parametrize(
    ("statement", "index", "words"),
    [(BY_WORDS, "description_words", "fracture"), (BY_LENGTH, "description_shortest", "a")],
)
def test_each_way_of_searching_has_its_index(statement: str, index: str, words: str) -> None:
    with connection.cursor() as cursor:
        # Enough terms that no other index is as cheap: of a few rows the planner reads any, as the last tests left its figures.
        cursor.execute(
            "insert into consultations_concept (code, term, kind, source, is_active) "
            "select n::text, 'Term ' || n, 'finding', 'test', true from generate_series(1, 5000) n"
        )
        cursor.execute(
            "insert into consultations_description (concept_id, term, letters, words) "
            "select n::text, 'Term ' || n, 10, to_tsvector('simple', 'term ' || n) from generate_series(1, 5000) n"
        )
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_sort = off")
        cursor.execute(f"explain {statement}", {"words": beginnings(words), "most": 60})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan


def test_what_lies_above_a_code_is_known_from_the_relationships_of_active_concepts() -> None:
    assert (queries.hierarchy(), queries.ancestors_of(codes=[COUGH])) == (None, {})
    lines = (
        is_a("2000001020", COUGH, NEW),
        is_a("2000002020", NEW, PRESSURE),
        is_a("2000003020", COUGH, PRESSURE, active="0"),
        is_a("2000004020", NEW, RETIRED),  # an inactive concept
        is_a("2000005020", PRESSURE, COUGH, kind="363698007"),  # its site, not what it is
    )
    done = take_in([*release(), relationships(*lines)])
    assert done.relationships == 2
    above = {COUGH: frozenset({NEW, PRESSURE}), NEW: frozenset({PRESSURE})}
    assert queries.ancestors_of(codes=[COUGH, NEW, PRESSURE, "no-code"]) == above
    later = concept("22298006", time="20261001"), description("1000030011", "22298006", "Infarction", time="20261001")
    take_in(release(concepts=later[:1], descriptions=later[1:]))  # without that file: what was known stays
    assert queries.ancestors_of(codes=[COUGH]) == {COUGH: above[COUGH]}
    with pytest.raises(operations.OlderRelease, match="of 1 October 2026, is in use"):
        take_in([*release(), relationships(lines[1])])
    assert take_in([*release(), relationships(lines[1])], dry_run=True).older_than
    assert found("infarction"), "refused and tried alone, nothing changed"
    operations.import_codes(now=NOW, name="old.zip", files=[*release(), relationships(lines[1])], force=True)
    assert (found("infarction"), queries.ancestors_of(codes=[COUGH])) == ([], {})


def test_a_recursion_in_a_wrong_release_ends() -> None:
    take_in([*release(), relationships(is_a("2000001020", COUGH, NEW), is_a("2000002020", NEW, COUGH))])
    assert queries.ancestors_of(codes=[COUGH]) == {COUGH: frozenset({COUGH, NEW})}
