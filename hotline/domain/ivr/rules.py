"""Rules on attached data. No patterns: what a rule costs is bounded by the length of its value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

LONGEST_LIST: Final = 100
_SEPARATORS: Final = str.maketrans({"，": ",", ";": ",", "；": ",", "、": ","})


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.translate(_SEPARATORS).split(",") if item.strip())


def _compare(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    """What is no number is neither more nor less than one."""

    def compare(found: str, value: str) -> bool:
        left, right = _number(found), _number(value)
        return left is not None and right is not None and holds(left, right)

    return compare


OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = MappingProxyType(
    {
        "equals": lambda found, value: found == value,
        "differs": lambda found, value: found != value,
        "starts_with": lambda found, value: bool(value) and found.startswith(value),
        "ends_with": lambda found, value: bool(value) and found.endswith(value),
        "in_list": lambda found, value: found in _list(value),
        "at_least": _compare(lambda found, value: found >= value),
        "at_most": _compare(lambda found, value: found <= value),
        "is_set": lambda found, _value: bool(found),
        "is_empty": lambda found, _value: not found,
    }
)
_NUMBERS: Final = ("at_least", "at_most")
_MAY_BE_EMPTY: Final = ("equals", "differs", "is_set", "is_empty")


@dataclass(frozen=True, slots=True)
class Rule:
    """The datum `key` compared by `operator` with `value`; if that holds, the call goes to the node `to`.

    `in_list` separates the items of its value by commas. A datum that is not attached is empty.
    """

    key: str
    operator: str
    value: str
    to: str

    @property
    def name(self) -> str:
        """The rule in a word or two, as the outcome that it has."""
        return f"{self.key} {self.operator} {self.value}"[:60].strip()

    @property
    def values(self) -> tuple[str, ...]:
        return _list(self.value) if self.operator == "in_list" else (self.value,)

    @property
    def makes_sense(self) -> bool:
        """Whether the value is one for the operator."""
        if self.operator in _NUMBERS:
            return _number(self.value) is not None
        return self.operator in _MAY_BE_EMPTY or any(value.strip() for value in self.values)

    def holds(self, data: Mapping[str, str]) -> bool:
        return OPERATORS[self.operator](data.get(self.key, ""), self.value)
