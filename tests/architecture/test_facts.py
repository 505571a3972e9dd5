"""Every fact that is published stands in config/facts.py, and every row there is published by somebody."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pcnhub
from pcnhub.config.facts import HANDLERS

PACKAGE = Path(pcnhub.__file__).parent
PUBLISHING = frozenset(
    {"publish", "publish_once", "tell", "put_on_record"}
)  # the outbox's own, and what passes its fact on to it


def test_every_published_fact_is_heard_or_listed_as_unheard() -> None:
    unlisted = {fact: place for fact, place in published() if fact not in HANDLERS}
    assert not unlisted, f"add to config/facts.py: {unlisted}"


def test_every_listed_fact_is_published() -> None:
    silent = set(HANDLERS) - {fact for fact, _ in published()}
    assert not silent, f"nobody publishes {sorted(silent)}: take them out of config/facts.py"


def test_no_fact_is_hidden_from_this_test() -> None:
    """A fact that is put together, or passed on by a function that isn't known here, could not be found."""
    hidden = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path, call in calls()
        if name_of(call) in PUBLISHING and not facts_of(path, call) and not passes_on(call)
    ]
    assert not hidden, f"name the fact where it is published: {hidden}"


def published() -> Iterator[tuple[str, str]]:
    for path, call in calls():
        if name_of(call) in PUBLISHING:
            for fact in facts_of(path, call):
                yield fact, f"{path.relative_to(PACKAGE)}:{call.lineno}"


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.is_relative_to(PACKAGE / "entrances"):
            continue  # entrances call operations, which publish
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def facts_of(path: Path, call: ast.Call) -> list[str]:
    """The constants that stand for a fact: the argument `fact`, or a positional text of the form of one."""
    given = [word.value for word in call.keywords if word.arg == "fact"] or call.args
    return [fact for part in given for each in branches(part) for fact in said_by(path, each)]


def said_by(path: Path, value: ast.expr) -> list[str]:
    """A text; a constant of the module that is one; a row of a table of the module, which can be any of its texts."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    table = value.value if isinstance(value, ast.Subscript) else value
    if not isinstance(table, ast.Name) or not table.id.isupper():
        return []
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    found = getattr(module, table.id)
    return [found] if isinstance(found, str) else list(found.values())


def branches(value: ast.expr) -> tuple[ast.expr, ...]:
    return (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)


def passes_on(call: ast.Call) -> bool:
    """`fact=fact`: the caller of the function that does this names it."""
    return any(
        isinstance(each, ast.Name) and each.id == "fact"
        for each in (*call.args, *(word.value for word in call.keywords))
    )
