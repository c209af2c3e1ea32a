"""Messages of the live seam as JSON text and back, for transports that cross processes.

The text is ``{"v": version, "type": class, "fields": {…}}``; a nested dataclass is the object of its
fields. Both ends must be of one version: a message of another one, of an unknown class, or with other
fields is an error, never a guess.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hotline.live import messages
from hotline.live.messages import Command, LiveEvent, Reply

VERSION: Final = 1
_encoder: Final = msgspec.json.Encoder()

Message = Command | LiveEvent | Reply

_CLASSES: Final[Mapping[str, type]] = {
    name: member
    for name, member in inspect.getmembers(messages, inspect.isclass)
    if issubclass(member, (Command, LiveEvent, Reply))
}


class CodecError(Exception):
    """The text is not a message that this version of the program understands."""


def encode(message: Message) -> str:
    """*message* on one line."""
    return _encoder.encode({"v": VERSION, "type": type(message).__name__, "fields": message}).decode()


def decode(text: str | bytes) -> Message:
    """The message that :func:`encode` was given. Raises :class:`CodecError`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise CodecError("not JSON") from error
    if not isinstance(document, dict) or document.get("v") != VERSION:
        raise CodecError(f"not a message of version {VERSION}")
    cls = _CLASSES.get(str(document.get("type")))
    if cls is None:
        raise CodecError(f"unknown message {document.get('type')!r}")
    return typing.cast("Message", _build(cls, document.get("fields"), cls.__name__))


@functools.cache
def _hints(cls: type) -> Mapping[str, Any]:
    return typing.get_type_hints(cls)


def _build(cls: Any, value: object, where: str) -> Any:
    if not isinstance(value, dict):
        raise CodecError(f"{where} is not an object")
    hints = _hints(cls)
    if value.keys() - hints.keys():
        raise CodecError(f"{where} has no field {sorted(value.keys() - hints.keys())[0]!r}")
    try:
        return cls(**{name: _convert(hints[name], item, f"{where}.{name}") for name, item in value.items()})
    except TypeError as error:
        raise CodecError(f"{where} lacks a field") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        if value is None:
            return None
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
        return _convert(hint, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise CodecError(f"{where} is not a list")
        return tuple(_convert(typing.get_args(hint)[0], item, where) for item in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise CodecError(f"{where} is not an object")
        return {str(key): _convert(typing.get_args(hint)[1], item, where) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where)
    return _plain(hint, value, where)


def _plain(hint: type, value: Any, where: str) -> Any:
    # JSON has one kind of number, and a bool is an int in Python but not here.
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise CodecError(f"{where} is not a {hint.__name__}")
    return value
