"""The kinds of fields that are tables: keys and codes with what each leads to, data, rules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.domain.ivr.commands import FlowPrompt
from hotline.domain.ivr.fields import (
    Fault,
    Known,
    Needs,
    ShapeError,
    Spec,
    Way,
    as_text,
    dump_prompts,
    is_identifier,
    key_faults,
    pairs,
    parse_prompts,
    prompt_faults,
    template_faults,
    text_faults,
)
from hotline.domain.ivr.rules import LONGEST_LIST, OPERATORS, Rule

LONGEST_CODE: Final = 12
# As people give them away: the operator's 0 last of the digits.
_IN_ORDER: Final = "1234567890*#"
MOST_ROWS: Final = 30
_CODE: Final = re.compile(rf"[0-9]{{1,{LONGEST_CODE}}}")


@dataclass(frozen=True, kw_only=True)
class ChoicesSpec(Spec):
    """Keys of the telephone, and the node each leads to."""

    kind = "choices"
    needs: Needs = "caller"

    def parse(self, raw: object) -> dict[str, str]:
        return {key: as_text(target, key) for key, target in pairs(raw)}

    def inner_faults(self, value: Mapping[str, str], known: Known, /) -> Iterator[Fault]:
        for key, target in value.items():
            yield from key_faults(key)
            yield from target_faults(target, key, known)

    def ways(self, _name: str, value: Mapping[str, str], /) -> Iterator[Way]:
        for key in sorted(value, key=_place_of_key):
            yield Way(key, key, value[key])

    def spare(self, value: Mapping[str, str], /) -> str:
        return next((key for key in _IN_ORDER if key not in value), "")


def _place_of_key(key: str) -> int:
    """Where a key comes in the order of a menu; what is no key comes last, so that it can be mended."""
    return _IN_ORDER.find(key) if len(key) == 1 and key in _IN_ORDER else len(_IN_ORDER)


def target_faults(target: str, at: str, known: Known) -> Iterator[Fault]:
    """A way in a table must lead to a node that there is."""
    if not target:
        yield Fault("missing_edge", at)
    elif target not in known.nodes:
        yield Fault("unknown_target", at, {"target": target})


@dataclass(frozen=True, kw_only=True)
class OutcomesSpec(ChoicesSpec):
    """Outcomes by name, and the node each leads to."""

    kind = "outcomes"
    needs: Needs = "nothing"

    def inner_faults(self, value: Mapping[str, str], known: Known, /) -> Iterator[Fault]:
        for name, target in value.items():
            if not is_identifier(name):
                yield Fault("bad_value", name, {"value": name[:40]})
            yield from target_faults(target, name, known)

    def spare(self, _value: Mapping[str, str], /) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class CodesSpec(Spec):
    """Information codes (信息编码), and the prompts that answer each."""

    kind = "codes"

    def parse(self, raw: object) -> dict[str, tuple[FlowPrompt, ...]]:
        return {code: parse_prompts(prompts, code) for code, prompts in pairs(raw)}

    def dump(self, value: Mapping[str, tuple[FlowPrompt, ...]]) -> dict[str, list[Any]]:
        return {code: dump_prompts(prompts) for code, prompts in value.items()}

    def inner_faults(self, value: Mapping[str, tuple[FlowPrompt, ...]], known: Known, /) -> Iterator[Fault]:
        for code, prompts in value.items():
            if _CODE.fullmatch(code) is None:
                yield Fault("bad_code", code, {"code": code, "most": LONGEST_CODE})
            if not prompts:
                yield Fault("missing_value", code)
            yield from prompt_faults(prompts, known, code)


@dataclass(frozen=True, kw_only=True)
class MarksSpec(Spec):
    """Keys of a survey, and what each means."""

    kind = "marks"

    def parse(self, raw: object) -> dict[str, str]:
        return {key: as_text(label, key) for key, label in pairs(raw)}

    def inner_faults(self, value: Mapping[str, str], _known: Known, /) -> Iterator[Fault]:
        for key, label in value.items():
            yield from key_faults(key)
            yield from text_faults(label, key)


@dataclass(frozen=True, kw_only=True)
class ValuesSpec(Spec):
    """Names and their values, in which ${key} stands for attached data."""

    kind = "values"

    def parse(self, raw: object) -> dict[str, str]:
        return {key: as_text(value, key) for key, value in pairs(raw)}

    def inner_faults(self, value: Mapping[str, str], _known: Known, /) -> Iterator[Fault]:
        for key, text in value.items():
            if not is_identifier(key):
                yield Fault("bad_value", key, {"value": key})
            yield from text_faults(text, key)
            yield from template_faults(text, key)


@dataclass(frozen=True, kw_only=True)
class RulesSpec(Spec):
    """Rules in their order: attached data, an operator, a value, and the node that the rule leads to."""

    kind = "rules"

    def parse(self, raw: object) -> tuple[Rule, ...]:
        if not isinstance(raw, list | tuple):
            raise ShapeError("expected_list")
        return tuple(_parse_rule(item, str(index)) for index, item in enumerate(raw))

    def dump(self, value: tuple[Rule, ...]) -> list[Any]:
        return [{"data": rule.key, "is": rule.operator, "value": rule.value, "to": rule.to} for rule in value]

    def inner_faults(self, value: tuple[Rule, ...], known: Known, /) -> Iterator[Fault]:
        if len(value) > MOST_ROWS:
            yield Fault("too_many_rows", "", {"most": MOST_ROWS})
        for index, rule in enumerate(value):
            at = str(index)
            if not is_identifier(rule.key):
                yield Fault("bad_value", at, {"value": rule.key[:40]})
            if rule.operator not in OPERATORS:
                yield Fault("bad_value", at, {"value": rule.operator[:40]})
            elif not rule.makes_sense:
                yield Fault("bad_value", at, {"value": rule.value[:40]})
            if len(rule.values) > LONGEST_LIST:
                yield Fault("too_many_rows", at, {"most": LONGEST_LIST})
            yield from text_faults(rule.value, at)
            yield from target_faults(rule.to, at, known)

    def ways(self, _name: str, value: tuple[Rule, ...], /) -> Iterator[Way]:
        for index, rule in enumerate(value):
            yield Way(f"{index}.to", rule.name, rule.to)


def _parse_rule(raw: object, at: str) -> Rule:
    match raw:
        case {"data": str(key), "is": str(operator), "to": str(to), **rest} if not rest.keys() - {"value"}:
            return Rule(key, operator, as_text(rest.get("value", ""), at), to)
    raise ShapeError("expected_rule", at)
