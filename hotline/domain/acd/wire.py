"""Events, effects and the whole state as JSON values, and back: what the decision log holds and a replay reads.

The form follows from the dataclasses: a field is a key, what is at its default is left out, a member of a
union is ``[name of the class, fields]``, a mapping whose keys are not texts is a list of pairs. A field or an
event that is new therefore needs nothing here; a type that has no form is refused the first time it is met,
and a test walks all of them. The order of mappings is kept, since decisions may depend on it.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from hotline.domain.acd.effects import Effect
from hotline.domain.acd.events import Event
from hotline.domain.acd.model import AcdState

Coder = Callable[[Any], Any]

_PLAIN: Final = (str, int, float, bool, None, type(None), Any)
_DIGEST_BYTES: Final = 6


class NoForm(TypeError):
    """A type of the ACD that has no form as JSON."""


class NotOnRecord(ValueError):
    """The values are not those of an event or state that this version knows."""


def pack_event(event: Event) -> list[Any]:
    """``[name, fields]``."""
    packed: list[Any] = _coders(Event)[0](event)
    return packed


def unpack_event(values: Any) -> Event:
    """The event again. Raises :class:`NotOnRecord`."""
    return typing.cast(Event, unpack(Event, values))


def pack_state(state: AcdState) -> dict[str, Any]:
    packed: dict[str, Any] = _coders(AcdState)[0](state)
    return packed


def unpack_state(values: Any) -> AcdState:
    """A state that decides as the packed one would. Raises :class:`NotOnRecord`."""
    return typing.cast(AcdState, unpack(AcdState, values))


def unpack(kind: Any, values: Any) -> Any:
    """A value of type *kind* from its form as JSON. Raises :class:`NotOnRecord`."""
    try:
        return _coders(kind)[1](values)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise NotOnRecord(f"{type(error).__name__}: {error}") from error


def digest(effects: Sequence[Effect]) -> str:
    """The same for the same orders and explanations; empty when there are none."""
    if not effects:
        return ""
    text = json.dumps([_bare(effect) for effect in effects])
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _bare(value: Any) -> Any:
    """*value* without the names of its fields: each decision is digested, so that this has to be quick."""
    if isinstance(value, tuple | list):
        return [_bare(part) for part in value]
    kind: Any = type(value)
    shape = _shape(kind)
    if shape is None:
        return value
    values, nested = shape
    held = list(values(value))
    for at in nested:
        held[at] = _bare(held[at])
    return kind.__name__, held


@cache
def _shape(kind: Any) -> tuple[Callable[[Any], Sequence[Any]], tuple[int, ...]] | None:
    """What reads all fields of a record at once, and which of them hold other things than plain values."""
    if not is_dataclass(kind):
        return None
    names, hints = [part.name for part in fields(kind)], get_type_hints(kind)
    nested = tuple(at for at, name in enumerate(names) if hints[name] not in _PLAIN)
    if len(names) < 2:
        return (lambda value: [getattr(value, name) for name in names]), nested
    return attrgetter(*names), nested


# --- how a type is packed and unpacked ----------------------------------------------------------------------


@cache
def _coders(kind: Any) -> tuple[Coder, Coder]:
    """The functions that pack and unpack a value of type *kind*. Raises :class:`NoForm`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN or origin is typing.Literal:
        return _same, _same
    if origin in {Union, types.UnionType}:
        return _union(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is list:
        pack, unpack = _coders(arguments[0])
        return _each(pack), _each(unpack)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*arguments)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return (lambda value: value.value), kind
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind)
    raise NoForm(f"{kind} has no form as JSON")


def _same(value: Any) -> Any:
    return value


def _each(coder: Coder) -> Coder:
    return list if coder is _same else lambda values: [coder(value) for value in values]


def _tuple(arguments: tuple[Any, ...]) -> tuple[Coder, Coder]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        pack, unpack = _coders(arguments[0])
        listed = _each(unpack)
        return _each(pack), lambda values: tuple(listed(values))
    parts = [_coders(part) for part in arguments]

    def pack_parts(values: Any) -> Any:
        return [pack(value) for (pack, _), value in zip(parts, values, strict=True)]

    def unpack_parts(values: Any) -> Any:
        return tuple(unpack(value) for (_, unpack), value in zip(parts, values, strict=True))

    return pack_parts, unpack_parts


def _mapping(key: Any, value: Any) -> tuple[Coder, Coder]:
    pack, unpack = _coders(value)
    if key is str:
        return (
            lambda values: {k: pack(v) for k, v in values.items()},
            lambda values: {k: unpack(v) for k, v in values.items()},
        )
    pack_key, unpack_key = _coders(key)
    return (
        lambda values: [[pack_key(k), pack(v)] for k, v in values.items()],
        lambda values: {unpack_key(k): unpack(v) for k, v in values},
    )


def _union(members: tuple[Any, ...]) -> tuple[Coder, Coder]:
    held = [member for member in members if member is not type(None)]
    if all(member in _PLAIN for member in held):
        return _same, _same
    if all(is_dataclass(member) for member in held):
        pack, unpack = _named({member.__name__: member for member in held})
    elif len(held) == 1:
        pack, unpack = _coders(held[0])
    else:
        raise NoForm(f"a union of {members} has no form as JSON")
    if len(held) == len(members):
        return pack, unpack
    return (
        lambda value: None if value is None else pack(value),
        lambda value: None if value is None else unpack(value),
    )


def _named(members: Mapping[str, Any]) -> tuple[Coder, Coder]:
    # Compiled when it is needed: a class may hold itself.
    def pack_named(value: Any) -> Any:
        name = type(value).__name__
        return [name, _coders(members[name])[0](value)]

    return pack_named, lambda value: _coders(members[value[0]])[1](value[1])


def _record(kind: type[Any]) -> tuple[Coder, Coder]:
    hints = get_type_hints(kind)
    parts = [(part.name, *_coders(hints[part.name]), _default(part)) for part in fields(kind)]
    later = {part.name for part in fields(kind) if not part.init}
    decoders = {name: unpack for name, _, unpack, _ in parts}

    def pack_record(value: Any) -> Any:
        packed = {}
        for name, pack, _, default in parts:
            held = getattr(value, name)
            if held is not default and held != default:
                packed[name] = held if pack is _same else pack(held)
        return packed

    def unpack_record(packed: MutableMapping[str, Any]) -> Any:
        values = {name: decoders[name](held) for name, held in packed.items()}
        made = kind(**{name: held for name, held in values.items() if name not in later})
        for name in later & values.keys():
            object.__setattr__(made, name, values[name])
        return made

    return pack_record, unpack_record


def _default(part: Field[Any]) -> Any:
    if part.default is not MISSING:
        return part.default
    return part.default_factory() if part.default_factory is not MISSING else MISSING
