"""Secrets at rest: AES-256-GCM with the number of the key in front, so that keys can be changed one day.

A sealed value is ``version (1 byte) | nonce (12 bytes) | ciphertext and tag``.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class VaultError(Exception):
    """A value cannot be opened: another key sealed it, it was damaged, or it was never sealed."""


class Vault:
    """Seals and opens short texts with one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise VaultError(f"the key must be 32 bytes, not {len(key)}")
        self._cipher = AESGCM(key)

    def seal(self, text: str) -> bytes:
        """*text* encrypted and authenticated; two calls give two different values."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode("utf-8"), _VERSION)

    def open(self, sealed: bytes) -> str:
        """What :meth:`seal` was given. Raises :class:`VaultError`."""
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
            raise VaultError("this is not a value that was sealed here")
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, _VERSION).decode("utf-8")
        except InvalidTag:
            raise VaultError("the value was sealed with another key, or is damaged") from None
