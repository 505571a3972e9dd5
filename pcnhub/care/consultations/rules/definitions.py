"""What a hub takes in from a file (clinical templates, document templates, protocols), read with every error at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

LARGEST_FILE = 200_000  # bytes: a limit, so that a file of another kind is refused whole
LONGEST_LINE = 200  # characters of a title, a label, a choice
LONGEST_WORDS = 2_000  # characters of a sentence or of advice
LARGEST_NUMBER = 10_000_000  # of a bound: an answer has at most seven digits
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # what no text has, and what PostgreSQL can't keep


class DefinitionKind(StrEnum):
    FORM = "clinical-template"
    DOCUMENT = "document-template"
    PROTOCOL = "protocol"


class DefinitionState(StrEnum):
    DRAFT = "draft"  # taken in, used by nobody yet
    PUBLISHED = "published"
    RETIRED = "retired"


KIND_WORDS: dict[DefinitionKind, str] = {
    DefinitionKind.FORM: "Clinical template",
    DefinitionKind.DOCUMENT: "Document template",
    DefinitionKind.PROTOCOL: "Protocol",
}
TEMPLATES = frozenset({DefinitionKind.FORM, DefinitionKind.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Read:
    """The words that every file begins with: what it is, its key (the same for each of its versions), its title."""

    kind: DefinitionKind
    key: str
    title: str


@dataclass(slots=True)
class Part:
    """A table of a file as it is read. Each reading takes the value out; what nobody took is a word that we don't know."""

    values: dict[str, Any]
    place: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, code: str, message: str, remedy: str, value: object = "") -> None:
        place = f"{self.place}.{name}" if self.place and name else self.place or name
        self.problems.append(Problem(place, code, message, remedy, "" if value == "" else str(value)[:LONGEST_LINE]))

    def text(self, name: str, *, needed: bool = True, longest: int = LONGEST_LINE, default: str = "") -> str:
        value = self.values.pop(name, None)
        if value is None:
            if needed:
                self.wrong(name, "missing", f"{name} is missing", f'Give it, such as {name} = "..."')
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(name, "not-text", f"{name} is not a text", f'Write it in quotes, such as {name} = "..."', value)
            return default
        if len(value) > longest:
            self.wrong(name, "too-long", f"{name} has {len(value):,} characters; at most {longest:,} fit", "Shorten it")
            return default
        if _CONTROL.search(value):
            self.wrong(name, "not-text", f"{name} has a character that can’t be printed", "Write it anew", repr(value))
            return default
        return value.strip()

    def word(self, name: str, words: Collection[str], *, needed: bool = True, default: str = "") -> str:
        value = self.text(name, needed=needed)
        if value and value not in words:
            self.wrong(name, "unknown-word", f"{name} can't be this", f"Write one of: {', '.join(words)}", value)
            return default
        return value or default

    def slug(self, name: str) -> str:
        value = self.text(name, longest=60)
        if value and not re.fullmatch(r"[a-z][a-z0-9-]*", value):
            remedy = "Write a small letter, then small letters, digits and dashes, such as two-week-wait"
            self.wrong(name, "not-a-key", f"{name} can't be written so", remedy, value)
            return ""
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.pop(name, default)
        if not isinstance(value, bool):
            self.wrong(name, "not-a-flag", f"{name} is neither true nor false", "Write true or false", value)
            return default
        return value

    def number(self, name: str) -> float | None:
        value = self.values.pop(name, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            self.wrong(name, "not-a-number", f"{name} is not a number", "Write digits without quotes", value)
            return None
        if value is not None and not abs(value) < LARGEST_NUMBER:  # nor what is not a number at all
            self.wrong(name, "too-large", f"{name} is no number that anybody measures", "Give a smaller one")
            return None
        return value

    def texts(self, name: str, words: Collection[str] | None = None, *, needed: bool = False) -> tuple[str, ...]:
        value = self.values.pop(name, None)
        if value is None:
            if needed:
                self.wrong(name, "missing", f"{name} is missing", f'Give at least one, such as {name} = ["..."]')
            return ()
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(each, str) and each.strip() for each in value)
        ):
            remedy = f'Write them in brackets, each in quotes, such as {name} = ["..."]'
            self.wrong(name, "not-texts", f"{name} is not a list of texts", remedy, value)
            return ()
        if any(_CONTROL.search(each) for each in value):
            self.wrong(name, "not-text", f"{name} has a character that can’t be printed", "Write it anew", repr(value))
            return ()
        for each in value:
            if words is not None and each not in words:
                remedy = f"Write some of: {', '.join(words)}"
                self.wrong(name, "unknown-word", f"{name} can't have this", remedy, each)
        return tuple(each.strip() for each in value)

    def part(self, name: str) -> Part:
        """A table within; empty when it is not there."""
        value = self.values.pop(name, {})
        if not isinstance(value, dict):
            self.wrong(name, "not-a-table", f"{name} is not a table", f"Begin it with a line [{name}]", value)
            value = {}
        return Part(dict(value), f"{self.place}.{name}" if self.place else name, self.problems)

    def parts(self, name: str, *, needed: bool = True) -> Iterator[Part]:
        """The tables of a list, each called by its number and its name: `field 2 (temperature)`."""
        value = self.values.pop(name, None)
        if value is None and not needed:
            return
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            self.wrong(name, "missing", f"There is no {name}", f"Begin each with a line [[{name}]]")
            return
        for number, each in enumerate(value, 1):
            called = f" ({each['name']})" if isinstance(each.get("name"), str) else ""
            inner = Part(dict(each), f"{self.place + '.' if self.place else ''}{name} {number}{called}", self.problems)
            yield inner
            inner.nothing_left()

    def nothing_left(self) -> None:
        for name in self.values:
            remedy = "Look whether it is misspelt, or take it out: nothing is passed over in silence"
            self.wrong(name, "unknown-key", f"{name} means nothing here", remedy)


def open_file(source: bytes, kinds: Collection[DefinitionKind]) -> tuple[Read, Part]:
    """The file as TOML, with its head read; the rest is for its kind to read. Raises InvalidInput where nothing can be read."""
    if len(source) > LARGEST_FILE:
        message = f"The file has {len(source):,} bytes; at most {LARGEST_FILE:,} are taken"
        raise InvalidInput([Problem("file", "too-large", message, "Look whether it is the right file")])
    try:
        values = tomllib.loads(source.decode("utf-8-sig"))  # as a Windows editor saves it
    except UnicodeDecodeError as wrong:
        message = f"The file is not UTF-8 text (byte {wrong.start + 1})"
        raise InvalidInput([Problem("file", "not-text", message, "Save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as wrong:
        message = f"The file is not TOML: {wrong}"
        remedy = "Look at that line, and compare it with the examples that come with the product"
        raise InvalidInput([Problem("file", "not-toml", message, remedy)]) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or thousands of brackets
        message, remedy = "The file holds what can’t be read", "Look whether it is the right file"
        raise InvalidInput([Problem("file", "not-toml", message, remedy)]) from None
    whole = Part(values, "")
    kind = whole.word("kind", [kind.value for kind in DefinitionKind if kind in kinds])
    read = Read(DefinitionKind(kind or next(iter(kinds))), whole.slug("key"), whole.text("title"))
    if not kind:  # what else is wrong can't be told without knowing what it is meant to be
        raise InvalidInput(whole.problems)
    return read, whole


def close_file(whole: Part) -> None:
    """Refuses with everything that was wrong. Raises InvalidInput."""
    whole.nothing_left()
    if whole.problems:
        raise InvalidInput(whole.problems)


class AnswerType(StrEnum):
    TEXT = "text"
    LINES = "lines"  # text of several lines
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes-no"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a person fills in. `name` names it in forms and in merge fields."""

    name: str
    label: str
    type: AnswerType
    hint: str = ""
    is_required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    least: float | None = None
    most: float | None = None


YES, NO = "Yes", "No"
LONGEST_ANSWER = {AnswerType.TEXT: 100, AnswerType.LINES: 5_000}


def question_from(part: Part, *, choices: tuple[str, ...] | None = None) -> Question:
    """A question as a file says it. `choices` where the file's kind reads them itself."""
    kind = part.word("type", list(AnswerType))
    if not kind:  # what else it may say depends on its type
        for name in ("unit", "least", "most", "choices", "choice"):
            part.values.pop(name, None)
    asks_number = kind == AnswerType.NUMBER
    least, most = (part.number("least"), part.number("most")) if asks_number else (None, None)
    if least is not None and most is not None and least > most:
        part.wrong(
            "least", "no-number-fits", "least is more than most, so nothing could be answered", "Change one of them"
        )
    listed = choices
    if choices is None and kind == AnswerType.CHOICE:
        listed = part.texts("choices", needed=True)
    return Question(
        name=part.slug("name"),
        label=part.text("label"),
        type=AnswerType(kind or AnswerType.TEXT),
        hint=part.text("hint", needed=False),
        is_required=part.flag("required"),
        choices=listed or (),
        unit=part.text("unit", needed=False, longest=20) if asks_number else "",
        least=least,
        most=most,
    )


def refuse_same_names(whole: Part, questions: Collection[Question]) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.name and question.name in seen:
            whole.wrong("name", "twice", "Two questions have this name", "Give each its own", question.name)
        seen.add(question.name)


def answered(question: Question, given: str) -> tuple[str, Problem | None]:
    """The answer as it is kept, in words (a date as 3 November 2026), or what is wrong with it. Empty: not answered."""
    given = given.replace("\r\n", "\n").strip()

    def wrong(code: str, message: str, remedy: str) -> tuple[str, Problem]:
        return given, Problem(question.name, code, message, remedy)

    if not given:
        return wrong("missing", f"{question.label} is missing", "Answer it") if question.is_required else ("", None)
    if _CONTROL.search(given):
        return wrong("not-text", f"{question.label} has a character that can’t be printed", "Type it anew")
    match question.type:
        case AnswerType.CHOICE if given not in question.choices:
            return wrong("unknown-choice", f"{question.label} can't be this", f"Choose {_listed(question.choices)}")
        case AnswerType.YES_NO if given not in (YES, NO):
            return wrong("unknown-choice", f"{question.label} can't be this", "Choose yes or no")
        case AnswerType.NUMBER:
            return _number(question, given)
        case AnswerType.DATE:
            return _date(question, given)
        case AnswerType.TEXT | AnswerType.LINES:
            longest = LONGEST_ANSWER[question.type]
            if len(given) > longest:
                message = f"{question.label} has {len(given):,} characters, and at most {longest:,} fit"
                return wrong("too-long", message, "Shorten it: nothing is cut off")
            if question.type is AnswerType.TEXT and "\n" in given:
                return wrong("several-lines", f"{question.label} has several lines", "Write it in one line")
    return given, None


def _number(question: Question, given: str) -> tuple[str, Problem | None]:
    if not re.fullmatch(r"-?\d{1,7}(\.\d{1,4})?", given, re.ASCII):
        remedy = "Enter digits, with a point before decimals, such as 38.4"
        return given, Problem(question.name, "not-a-number", f"{question.label} must be a number", remedy)
    value = float(given)
    least, most = question.least, question.most
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = " and ".join(
            words
            for words in (
                f"at least {least:g}" if least is not None else "",
                f"at most {most:g}" if most is not None else "",
            )
            if words
        )
        message = f"{question.label} must be {bounds}{' ' + question.unit if question.unit else ''}"
        remedy = "Check the value; if it is right, write it as text in the notes"
        return given, Problem(question.name, "out-of-range", message, remedy)
    return given, None


def _date(question: Question, given: str) -> tuple[str, Problem | None]:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        remedy = "Enter a real day, such as 3 11 2026"
        return given, Problem(question.name, "not-a-date", f"{question.label} must be a real date", remedy)
    return f"{day:%-d %B %Y}", None


def judged(questions: Collection[Question], given: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Every answer that can be kept, as it is kept, and all that is wrong with the others."""
    answers, problems = {}, []
    for question in questions:
        answer, problem = answered(question, given.get(question.name, ""))
        if problem is not None:
            problems.append(problem)
        elif answer:
            answers[question.name] = answer
    return answers, problems


def answers_to(questions: Collection[Question], given: Mapping[str, str]) -> dict[str, str]:
    """Every answer that was given, as it is kept. Raises InvalidInput with all that is wrong."""
    answers, problems = judged(questions, given)
    if problems:
        raise InvalidInput(problems)
    return answers


def _listed(words: Collection[str]) -> str:
    return "one of: " + ", ".join(words)
