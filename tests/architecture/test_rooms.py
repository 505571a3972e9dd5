"""What import-linter cannot say: a care room's tables are touched by that room alone."""

import grimp

GRAPH = grimp.build_graph("pcnhub", cache_dir=None)
ROOMS = sorted(GRAPH.find_children("pcnhub.care"))
CATALOGUE = "pcnhub.insight.readiness.catalogue.answers"


def test_only_a_room_itself_imports_its_tables() -> None:
    for room in ROOMS:
        tables = {f"{room}.models"} | GRAPH.find_descendants(f"{room}.models")
        importers = {module for table in tables for module in GRAPH.find_modules_that_directly_import(table)}
        outsiders = {module for module in importers if not module.startswith(f"{room}.")}
        assert not outsiders, f"{room}.models is imported by {sorted(outsiders)}: use its queries or operations"


def test_readiness_names_every_care_room_that_has_checks() -> None:
    asked = GRAPH.find_modules_directly_imported_by(CATALOGUE)
    assert {f"{room}.checks" for room in ROOMS if f"{room}.checks" in GRAPH.modules} <= asked
