"""Protocols: rules of a hub, as data, that ask for something at a moment of a consultation. `docs/operate/protocols.md`

One function decides, `wanted`: on the page, when finishing, when amending, and in a dry run over what was finished before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pcnhub.care.appointments.rules import BookingSource, DeliveryChannel
from pcnhub.care.consultations.rules.definitions import (
    LONGEST_WORDS,
    DefinitionKind,
    Part,
    Read,
    close_file,
    open_file,
)
from pcnhub.foundations.kernel.refusals import Problem


class Moment(StrEnum):
    START = "start"
    FINISH = "finish"
    AMEND = "amend"


class AskKind(StrEnum):
    OUTCOME = "outcome"
    TASK = "task"
    EMAIL = "email"
    ADVICE = "advice"
    DOCUMENT = "document"


class DeedKind(StrEnum):
    """What was done in a consultation that a protocol may have asked for."""

    TASK = "task"
    TASK_BACK = "task-back"  # the task of this number came back or was withdrawn: it counts no more
    EMAIL = "email"
    ADVICE = "advice"
    DOCUMENT = "document"
    OVERRIDE = "override"


# As the tasks room says them; a test holds the two together. Tasks stand above, so that they can't be asked from here.
TASK_TYPES = (
    "follow-up",
    "test-to-arrange",
    "referral-to-process",
    "two-week-wait-referral",
    "fit-note",
    "safeguarding",
    "other",
)
GOES_BY_ITSELF = "It goes by itself, with what is finished."
TASK_PRIORITIES = ("urgent", "soon", "routine")  # the most pressing first


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that is given must hold, each by any one of its words; nothing given holds always. `descendants`: a code holds for
    whatever lies beneath it in SNOMED CT, too."""

    outcomes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    slot_types: frozenset[str] = frozenset()
    delivery_channels: frozenset[str] = frozenset()
    booked_by: frozenset[str] = frozenset()
    descendants: bool = False

    def each(self) -> Iterator[tuple[frozenset[str], str]]:
        """What is given, with the name of what it is compared with."""
        for name in ("outcomes", "codes", "slot_types", "delivery_channels", "booked_by"):
            if words := getattr(self, name):
                yield words, name


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that is asked. `must`: without it the consultation is not finished, unless it may be overridden and is."""

    name: str
    kind: AskKind
    sentence: str
    must: bool = True
    may_override: bool = False
    one_of: tuple[str, ...] = ()  # outcomes
    task_type: str = ""
    priority: str = ""
    team: str = ""
    document: str = ""  # key of a document template
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Protocol:
    read: Read
    moments: frozenset[Moment]
    when: Conditions
    unless: Conditions
    asks: tuple[Ask, ...]

    @property
    def heeds_descendants(self) -> bool:
        return self.when.descendants or self.unless.descendants


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done: for an ask by its protocol and name, or of a kind and what of it (a task's type, a document's key)."""

    kind: DeedKind
    protocol: str = ""
    ask: str = ""
    what: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule may look at. `practice_email` tells whether an e-mail to the patient's practice could leave, `outcomes` the
    names of those that can be chosen by code, `documents` the keys of those that can be made here; None: not looked at."""

    outcome: str = ""
    codes: frozenset[str] = frozenset()
    slot_type: str = ""
    delivery_channel: str = ""
    booked_by: str = ""
    deeds: tuple[Deed, ...] = ()
    has_practice: bool = True
    practice_email: bool = True
    outcomes: Mapping[str, str] | None = None
    documents: frozenset[str] | None = None
    above: frozenset[str] = frozenset()  # what the codes are, too, in SNOMED CT: all above them


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a protocol asks for here. `remedy` says how to satisfy it; `how` by what it is satisfied already. `may_pass`: a
    reason may take its place, because the rule allows it or because nobody could satisfy it here."""

    protocol: str
    title: str
    ask: Ask
    is_satisfied: bool
    how: str = ""
    remedy: str = ""
    may_pass: bool = False

    @property
    def is_open(self) -> bool:
        return self.ask.must and not self.is_satisfied

    @property
    def leaves_by_itself(self) -> bool:
        """An e-mail that finishing sends."""
        return self.ask.kind is AskKind.EMAIL and self.how == GOES_BY_ITSELF

    @property
    def field(self) -> str:
        return f"asked-{self.protocol}-{self.ask.name}"


@lru_cache(maxsize=256)
def protocol_from(source: bytes) -> Protocol:
    """The protocol that a file holds. Raises InvalidInput with every error."""
    read, whole = open_file(source, (DefinitionKind.PROTOCOL,))
    moments = frozenset(
        Moment(each) for each in whole.texts("moments", list(Moment), needed=True) if each in set(Moment)
    )
    when, unless = _conditions(whole.part("when")), _conditions(whole.part("unless"))
    asks = tuple(_asks(whole))
    names = [ask.name for ask in asks]
    for name in {name for name in names if name and names.count(name) > 1}:
        whole.wrong("ask", "twice", "Two asks have this name", "Give each its own", name)
    close_file(whole)
    return Protocol(read, moments, when, unless, asks)


def wanted(protocols: Iterable[Protocol], situation: Situation, moments: Collection[Moment]) -> tuple[Wanted, ...]:
    """All that the protocols ask for at any of these moments, in their order, satisfied or not."""
    return tuple(
        _judged(protocol, ask, situation)
        for protocol in protocols
        if protocol.moments & set(moments) and applies(protocol, situation)
        for ask in protocol.asks
    )


def applies(protocol: Protocol, situation: Situation) -> bool:
    """Whether all of `when` holds, and nothing of `unless`."""
    if not all(words & _seen(situation, protocol.when)[name] for words, name in protocol.when.each()):
        return False
    return not any(words & _seen(situation, protocol.unless)[name] for words, name in protocol.unless.each())


def problems_of(asked: Iterable[Wanted]) -> list[Problem]:
    """Every open `must`, by name, with how to satisfy it."""
    return [
        Problem(each.field, "protocol-open", f"{each.title}: {each.ask.sentence}", each.remedy)
        for each in asked
        if each.is_open
    ]


def _seen(situation: Situation, conditions: Conditions) -> dict[str, frozenset[str]]:
    def one(word: str) -> frozenset[str]:
        return frozenset([word] if word else [])

    return {
        "outcomes": one(situation.outcome),
        "codes": situation.codes | situation.above if conditions.descendants else situation.codes,
        "slot_types": one(situation.slot_type),
        "delivery_channels": one(situation.delivery_channel),
        "booked_by": one(situation.booked_by),
    }


def _judged(protocol: Protocol, ask: Ask, situation: Situation) -> Wanted:
    key = protocol.read.key
    barred = _barred(ask, situation)
    may_pass = ask.may_override or bool(barred)
    how = _satisfied_by(key, ask, situation, may_pass=may_pass)
    remedy = "" if how else barred or _remedy(ask, situation)
    if not how and may_pass:
        remedy += " Or say why it is not needed here."
    return Wanted(key, protocol.read.title, ask, bool(how), how, remedy, may_pass)


def _satisfied_by(key: str, ask: Ask, situation: Situation, *, may_pass: bool) -> str:
    """By what it is satisfied, as a sentence; empty while it is not."""
    for deed in situation.deeds:
        if deed.kind is DeedKind.OVERRIDE and (deed.protocol, deed.ask) == (key, ask.name) and may_pass:
            return "A reason was given why it is not needed."
    match ask.kind:
        case AskKind.OUTCOME:
            met = situation.outcome in ask.one_of if ask.one_of else bool(situation.outcome)
            return "The outcome is chosen." if met else ""
        case AskKind.TASK:
            return "The task is sent." if any(_is_that_task(ask, deed) for deed in situation.deeds) else ""
        case AskKind.EMAIL:
            if any(
                deed.kind is DeedKind.EMAIL and (deed.protocol, deed.ask) == (key, ask.name) for deed in situation.deeds
            ):
                return "The e-mail is on its way."
            reachable = situation.has_practice and situation.practice_email
            return GOES_BY_ITSELF if reachable else ""
        case AskKind.ADVICE:
            given = any(
                deed.kind is DeedKind.ADVICE and (deed.protocol, deed.ask) == (key, ask.name)
                for deed in situation.deeds
            )
            return "The patient was told." if given else ""
        case AskKind.DOCUMENT:
            made = any(deed.kind is DeedKind.DOCUMENT and deed.what == ask.document for deed in situation.deeds)
            return "The document is made." if made else ""


def _is_that_task(ask: Ask, deed: Deed) -> bool:
    """Of that type, and at least as pressing."""
    if deed.kind is not DeedKind.TASK or deed.what != ask.task_type or deed.priority not in TASK_PRIORITIES:
        return False
    return TASK_PRIORITIES.index(deed.priority) <= TASK_PRIORITIES.index(ask.priority)


def _barred(ask: Ask, situation: Situation) -> str:
    """Why nobody could satisfy it here, with what would mend it; empty when somebody can. A rule that can't be kept must not
    keep a consultation from ever being finished."""
    match ask.kind:
        case AskKind.OUTCOME if (
            situation.outcomes is not None and ask.one_of and not set(ask.one_of) & set(situation.outcomes)
        ):
            gone = ", ".join(ask.one_of)
            return f"None of its outcomes ({gone}) can be chosen any more: tell the hub’s manager, who can mend the protocol."
        case AskKind.EMAIL if not situation.has_practice:
            return "Nobody knows the patient’s practice, so nothing can be sent: find out, and tell the practice by telephone."
        case AskKind.EMAIL if not situation.practice_email:
            return (
                "The practice has no e-mail address here: telephone it, and ask the hub’s manager to enter the address."
            )
        case AskKind.DOCUMENT if situation.documents is not None and ask.document not in situation.documents:
            return (
                f"The document “{ask.document}” can’t be made here: it is not in use, or bears the head of a practice that "
                "nobody knows. Find the practice, or tell the hub’s manager."
            )
    return ""


def _remedy(ask: Ask, situation: Situation) -> str:
    match ask.kind:
        case AskKind.OUTCOME:
            names = situation.outcomes or {each: each for each in ask.one_of}
            listed = ", ".join(names[each] for each in ask.one_of if each in names)
            return f"Choose one of: {listed}." if listed else "Choose one of the hub’s outcomes."
        case AskKind.TASK:
            to = f" to the team “{ask.team}”" if ask.team else ""
            words = ask.task_type.replace("-", " ")
            return f"Send a task{to} from this consultation: {words}, {ask.priority}."
        case AskKind.EMAIL:
            return GOES_BY_ITSELF
        case AskKind.ADVICE:
            return "Tell the patient, then confirm it here."
        case AskKind.DOCUMENT:
            return f"Make the document “{ask.document}” from this consultation."


def _conditions(part: Part) -> Conditions:
    found = Conditions(
        outcomes=frozenset(part.texts("outcomes")),
        codes=frozenset(part.texts("codes")),
        slot_types=frozenset(part.texts("slot_types")),
        delivery_channels=frozenset(part.texts("delivery_channels", list(DeliveryChannel))),
        booked_by=frozenset(part.texts("booked_by", list(BookingSource))),
        descendants=part.flag("descendants"),
    )
    if found.descendants and not found.codes:
        part.wrong("descendants", "no-codes", "There are no codes beneath which anything could lie", "Give codes, too")
    part.nothing_left()
    return found


def _asks(whole: Part) -> Iterator[Ask]:
    for part in whole.parts("ask"):
        kind = part.word("what", list(AskKind))
        name, sentence = part.slug("name"), part.text("sentence", longest=LONGEST_WORDS)
        must, may_override = part.flag("must", default=True), part.flag("override")
        more: dict[str, str] = {}
        one_of: tuple[str, ...] = ()
        match kind:
            case AskKind.OUTCOME:
                one_of = part.texts("one_of")
            case AskKind.TASK:
                more["task_type"] = part.word("type", TASK_TYPES)
                more["priority"] = part.word("priority", TASK_PRIORITIES)
                more["team"] = part.text("team", needed=False)
            case AskKind.DOCUMENT:
                more["document"] = part.slug("template")
            case AskKind.ADVICE:
                more["advice"] = part.text("advice", longest=LONGEST_WORDS)
        if not kind:  # what else it may say depends on what it is
            part.values.clear()
            kind = AskKind.OUTCOME
        yield Ask(name, AskKind(kind), sentence, must, may_override, one_of, **more)
