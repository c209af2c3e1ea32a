"""What the queries refuse. Each names the field, so that a form or a program can show where."""

from __future__ import annotations


class Conflict(Exception):
    """Another row has this value already."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field}: {value!r} is taken")
        self.field = field
        self.value = value


class Invalid(Exception):
    """A value cannot be used; ``code`` says why (``unknown``, ``not_yours`` …)."""

    def __init__(self, field: str, value: str, code: str = "unknown") -> None:
        super().__init__(f"{field}: {value!r} cannot be used ({code})")
        self.field = field
        self.value = value
        self.code = code


class InUse(Exception):
    """A row cannot go while others depend on it; ``users`` says which."""

    def __init__(self, what: str, users: str) -> None:
        super().__init__(f"{what} is used by {users}")
        self.what = what
        self.users = users
