"""Passwords: argon2id. One hash takes tens of milliseconds of one core: callers run it in a thread pool."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to store, with its parameters and salt inside."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Whether *password* is the one that *stored* was made from; false as well for an unreadable hash."""
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
