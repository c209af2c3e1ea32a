"""A node as a form: made from the fields that its type declares, and read back into its document.

Each field ``name`` is sent as ``f-name`` (and ``f-name-…`` for what has parts); tables are sent as parallel
lists, a row each, so that the form works without a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from hotline.domain.ivr.fields import ShapeError, Spec
from hotline.domain.ivr.node import Node, specs
from hotline.domain.ivr.nodes import NODE_TYPES
from webadmin.flows.words import field_name

_SAY: Final = "say:"
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")

Sent = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a node's form with its raw value."""

    name: str
    label: str
    kind: str
    spec: Spec
    value: Any


def fields_of(raw: Mapping[str, Any]) -> list[FieldView]:
    """The fields of a node's document, in the order of its type. What has no shape shows as it begins."""
    type_code = str(raw["type"])
    begins = blank(type_code)
    fields = []
    for name, spec in specs(NODE_TYPES[type_code]).items():
        value = raw.get(name, begins[name])
        if not _fits(spec, value):
            value = begins[name]
        fields.append(FieldView(name, field_name(type_code, name), spec.kind, spec, value))
    return fields


def blank(type_code: str) -> dict[str, Any]:
    """The document of a node of this type as it begins. Raises :class:`KeyError` for an unknown type."""
    node = NODE_TYPES[type_code](id="new")
    return {"type": type_code, **raw_fields(node), "ui": {}}


def raw_fields(node: Node) -> dict[str, Any]:
    """The fields of a node as its document has them."""
    return {name: spec.dump(getattr(node, name)) for name, spec in specs(type(node)).items()}


def read_node(type_code: str, sent: Sent, ui: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a node from a form that was sent; *ui* is kept but for the title.

    Numbers that are none stay as they were typed: parsing the document then says so.
    """
    fields = {
        name: _READERS.get(spec.kind, _read_text)(sent, f"f-{name}")
        for name, spec in specs(NODE_TYPES[type_code]).items()
    }
    title = sent.get("title", "").strip()[:60]
    kept = {key: value for key, value in ui.items() if key != "title"}
    return {"type": type_code, **fields, "ui": {**kept, **({"title": title} if title else {})}}


def prompt_value(item: Any) -> tuple[str, str]:
    """A prompt of a document as the two inputs of its row: the choice, and the name of the data."""
    return (item, "") if isinstance(item, str) else (f"{_SAY}{item['say']}", item["data"])


def _fits(spec: Spec, value: Any) -> bool:
    """Whether a form can show the value: a line shows any text, a table only what has its shape."""
    try:
        spec.parse(value)
    except ShapeError:
        return spec.kind not in _READERS or (spec.kind == "number" and isinstance(value, str))
    return True


def _read_text(sent: Sent, name: str) -> str:
    return sent.get(name, "").strip()


def _read_number(sent: Sent, name: str) -> int | str:
    text = sent.get(name, "").strip()
    return int(text) if _NUMBER.fullmatch(text) else text


def _read_flag(sent: Sent, name: str) -> bool:
    return name in sent


def _read_prompts(sent: Sent, name: str) -> list[Any]:
    keys = sent.getlist(f"{name}-data")
    rows: list[Any] = []
    for index, choice in enumerate(sent.getlist(name)):
        if choice.startswith(_SAY):
            rows.append(
                {"say": choice.removeprefix(_SAY), "data": keys[index].strip() if index < len(keys) else ""}
            )
        elif choice:
            rows.append(choice)
    return rows


def _read_pairs(sent: Sent, name: str) -> dict[str, str]:
    rows = zip(sent.getlist(f"{name}-key"), sent.getlist(f"{name}-value"), strict=False)
    return {key.strip(): value.strip() for key, value in rows if key.strip() and value.strip()}


def _read_choices(sent: Sent, name: str) -> dict[str, str]:
    """As :func:`_read_pairs`; a key that leads nowhere yet is kept."""
    rows = zip(sent.getlist(f"{name}-key"), sent.getlist(f"{name}-value"), strict=False)
    return {key.strip(): value.strip() for key, value in rows if key.strip()}


def _read_codes(sent: Sent, name: str) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for row in sent.getlist(f"{name}-row"):
        code = sent.get(f"{name}-{row}-code", "").strip()
        if code:
            table[code] = _read_prompts(sent, f"{name}-{row}")
    return table


def _read_rules(sent: Sent, name: str) -> list[dict[str, str]]:
    columns = [sent.getlist(f"{name}-{part}") for part in ("data", "is", "value", "to")]
    return [
        {"data": data.strip(), "is": operator, "value": value.strip(), "to": to}
        for data, operator, value, to in zip(*columns, strict=False)
        if data.strip()
    ]


_READERS: Final[Mapping[str, Callable[[Sent, str], Any]]] = {
    "prompts": _read_prompts,
    "choices": _read_choices,
    "marks": _read_pairs,
    "values": _read_pairs,
    "outcomes": _read_choices,
    "rules": _read_rules,
    "codes": _read_codes,
    "number": _read_number,
    "flag": _read_flag,
}
