"""The kinds of fields that nodes are made of.

A node type declares each field once, with a spec; reading and writing the document, the checks, the edges of
the graph and a form in the console all follow from that declaration.
"""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, cast, get_args

from hotline.domain.ivr.commands import FlowPrompt, SayData, SayKind
from hotline.domain.ivr.templates import is_template

Needs = Literal["nothing", "time", "caller"]

KEYS: Final = "0123456789*#"
LONGEST_TEXT: Final = 500
MOST_PROMPTS: Final = 20
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_identifier(text: str) -> bool:
    return _IDENTIFIER.fullmatch(text) is not None


class ShapeError(ValueError):
    """A raw value has not the shape of its field. `at` points inside the value, "" for the whole."""

    def __init__(self, code: str, at: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.at = at


@dataclass(frozen=True, slots=True)
class Fault:
    """A value of the right shape that is not allowed; as Problem, but not yet located in a node."""

    code: str
    at: str = ""
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a flow may refer to."""

    nodes: Collection[str]
    prompts: Collection[str]
    queues: Collection[str]
    agents: Collection[str] = ()
    scripts: Collection[str] = ()
    sources: Collection[str] = ()
    flows: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way out that a value holds: `outcome` leads to the node `target`, "" as long as it leads nowhere.

    `at` is where in the raw value the target is written, its keys and places joined by dots; "" for the value
    itself.
    """

    at: str
    outcome: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Spec(ABC):
    """One kind of field.

    `required`: an empty value is a fault. `needs`: what must happen before its ways are taken.
    """

    kind: ClassVar[str]
    required: bool = True
    needs: Needs = "nothing"

    @abstractmethod
    def parse(self, raw: object) -> Any:
        """The value for a raw one out of JSON. Raises ShapeError."""

    def dump(self, value: Any) -> Any:
        """The raw value that `parse` reads back."""
        return dict(value) if isinstance(value, Mapping) else value

    def faults(self, value: Any, known: Known, /) -> Iterator[Fault]:
        """What is not allowed about the value."""
        if self.required and value in ("", (), {}):
            yield Fault("missing_value")
        yield from self.inner_faults(value, known)

    def inner_faults(self, _value: Any, _known: Known, /) -> Iterator[Fault]:
        yield from ()

    def ways(self, _name: str, _value: Any, /) -> Iterator[Way]:
        """The ways out that the value of the field `name` holds, those that lead nowhere yet as well."""
        yield from ()

    def spare(self, _value: Any, /) -> str:
        """Where in the raw value one more way could be written, as `Way.at`; "" for nowhere."""
        return ""


def as_text(raw: object, at: str = "") -> str:
    if not isinstance(raw, str):
        raise ShapeError("expected_text", at)
    return raw


def pairs(raw: object) -> Iterator[tuple[str, object]]:
    if not isinstance(raw, Mapping):
        raise ShapeError("expected_mapping")
    for key, value in raw.items():
        yield as_text(key), value


def parse_prompts(raw: object, at: str = "") -> tuple[FlowPrompt, ...]:
    if not isinstance(raw, list | tuple):
        raise ShapeError("expected_list", at)
    return tuple(_parse_prompt(item, f"{at}.{index}" if at else str(index)) for index, item in enumerate(raw))


def _parse_prompt(raw: object, at: str) -> FlowPrompt:
    match raw:
        case str():
            return raw
        case {"say": str(kind), "data": str(key), **rest} if not rest and kind in get_args(SayKind):
            return SayData(cast("SayKind", kind), key)
    raise ShapeError("expected_prompt", at)


def dump_prompts(prompts: tuple[FlowPrompt, ...]) -> list[Any]:
    return [item if isinstance(item, str) else {"say": item.kind, "data": item.key} for item in prompts]


def prompt_faults(prompts: tuple[FlowPrompt, ...], known: Known, at: str = "") -> Iterator[Fault]:
    if len(prompts) > MOST_PROMPTS:
        yield Fault("too_many_prompts", at, {"most": MOST_PROMPTS})
    for index, item in enumerate(prompts):
        where = f"{at}.{index}" if at else str(index)
        if isinstance(item, str):
            if item not in known.prompts:
                yield Fault("unknown_prompt", where, {"prompt": item})
        elif not is_identifier(item.key):
            yield Fault("bad_value", where, {"value": item.key})


@dataclass(frozen=True, kw_only=True)
class PromptsSpec(Spec):
    """A list of prompt ids and things to say."""

    kind = "prompts"

    def parse(self, raw: object) -> tuple[FlowPrompt, ...]:
        return parse_prompts(raw)

    def dump(self, value: tuple[FlowPrompt, ...]) -> list[Any]:
        return dump_prompts(value)

    def inner_faults(self, value: tuple[FlowPrompt, ...], known: Known, /) -> Iterator[Fault]:
        yield from prompt_faults(value, known)


@dataclass(frozen=True, kw_only=True)
class TargetSpec(Spec):
    """The node that one outcome leads to; "" for none."""

    kind = "target"

    def parse(self, raw: object) -> str:
        return as_text(raw)

    def faults(self, value: str, known: Known, /) -> Iterator[Fault]:
        if not value:
            if self.required:
                yield Fault("missing_edge")
        elif value not in known.nodes:
            yield Fault("unknown_target", "", {"target": value})

    def ways(self, name: str, value: str, /) -> Iterator[Way]:
        yield Way("", name.removeprefix("on_"), value)


def key_faults(key: str, at: str | None = None) -> Iterator[Fault]:
    if len(key) != 1 or key not in KEYS:
        yield Fault("bad_key", key if at is None else at, {"key": key})


def text_faults(text: str, at: str = "") -> Iterator[Fault]:
    if len(text) > LONGEST_TEXT or _CONTROL.search(text):
        yield Fault("bad_value", at, {"value": text[:40]})


@dataclass(frozen=True, kw_only=True)
class NumberSpec(Spec):
    """A whole number from `low` to `high`."""

    kind = "number"
    low: int
    high: int

    def parse(self, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise ShapeError("expected_number")
        return raw

    def faults(self, value: int, _known: Known, /) -> Iterator[Fault]:
        if not self.low <= value <= self.high:
            yield Fault("out_of_range", "", {"low": self.low, "high": self.high})


@dataclass(frozen=True, kw_only=True)
class FlagSpec(Spec):
    """Yes or no."""

    kind = "flag"

    def parse(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise ShapeError("expected_flag")
        return raw

    def faults(self, _value: bool, _known: Known, /) -> Iterator[Fault]:
        yield from ()


@dataclass(frozen=True, kw_only=True)
class TextSpec(Spec):
    """A line of text that matches `pattern` as a whole."""

    kind = "text"
    pattern: str = r".*"

    def parse(self, raw: object) -> str:
        return as_text(raw)

    def inner_faults(self, value: str, _known: Known, /) -> Iterator[Fault]:
        yield from text_faults(value)
        if value and re.fullmatch(self.pattern, value) is None:
            yield Fault("bad_value", "", {"value": value[:40]})


@dataclass(frozen=True, kw_only=True)
class TemplateSpec(TextSpec):
    """A line of text in which ${key} stands for attached data."""

    def inner_faults(self, value: str, _known: Known, /) -> Iterator[Fault]:
        yield from text_faults(value)
        yield from template_faults(value)


def template_faults(text: str, at: str = "") -> Iterator[Fault]:
    """Each `${` must begin the name of a datum and be closed."""
    if not is_template(text):
        yield Fault("bad_template", at, {"value": text[:40]})


@dataclass(frozen=True, kw_only=True)
class KeySpec(Spec):
    """One key of the telephone; "" for none."""

    kind = "key"

    def parse(self, raw: object) -> str:
        return as_text(raw)

    def inner_faults(self, value: str, _known: Known, /) -> Iterator[Fault]:
        if value:
            yield from key_faults(value, at="")


@dataclass(frozen=True, kw_only=True)
class KeysSpec(KeySpec):
    """Some keys of the telephone, each once; "" for none."""

    def inner_faults(self, value: str, _known: Known, /) -> Iterator[Fault]:
        for key in value:
            yield from key_faults(key, at="")
        if len(set(value)) != len(value):
            yield Fault("bad_value", "", {"value": value[:40]})


@dataclass(frozen=True, kw_only=True)
class OneOfSpec(Spec):
    """One of a few words."""

    kind = "one_of"
    options: tuple[str, ...]

    def parse(self, raw: object) -> str:
        return as_text(raw)

    def inner_faults(self, value: str, _known: Known, /) -> Iterator[Fault]:
        if value not in self.options:
            yield Fault("bad_value", "", {"value": value[:40]})


@dataclass(frozen=True, kw_only=True)
class ReferenceSpec(Spec):
    """The code of something that administrators define elsewhere; `kind` says what."""

    fault: ClassVar[str]

    def parse(self, raw: object) -> str:
        return as_text(raw)

    def known(self, known: Known, /) -> Collection[str]:
        """The codes there are. `Known` holds them by the kind's plural."""
        found: Collection[str] = getattr(known, f"{self.kind}s")
        return found

    def inner_faults(self, value: str, known: Known, /) -> Iterator[Fault]:
        if value and value not in self.known(known):
            yield Fault(self.fault, "", {self.kind: value[:40]})


@dataclass(frozen=True, kw_only=True)
class QueueSpec(ReferenceSpec):
    """The code of an ACD queue."""

    kind = "queue"
    fault = "unknown_queue"


@dataclass(frozen=True, kw_only=True)
class AgentSpec(ReferenceSpec):
    """The number of an agent."""

    kind = "agent"
    fault = "unknown_agent"


@dataclass(frozen=True, kw_only=True)
class ScriptSpec(ReferenceSpec):
    """The code of a routing script."""

    kind = "script"
    fault = "unknown_script"


@dataclass(frozen=True, kw_only=True)
class SourceSpec(ReferenceSpec):
    """The code of a data source."""

    kind = "source"
    fault = "unknown_source"


@dataclass(frozen=True, kw_only=True)
class FlowSpec(ReferenceSpec):
    """The code of another published flow."""

    kind = "flow"
    fault = "unknown_flow"


def declare(spec: Spec, default: Any) -> Any:
    """A dataclass field with its spec. A `default` that is a dict is copied for each node."""
    metadata = {"spec": spec}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)
