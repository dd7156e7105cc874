"""Encryption at rest for secrets a tenant hands over, such as its payment provider's keys.

AES-256-GCM (NIST SP 800-38D). A stored value reads ``v1.<key id>.<base64url>``: the key id
says which key opens it, so that a new key can be brought in while old values stay readable.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.config import Settings

NONCE_BYTES = 12
"""The nonce length GCM is specified for; random ones are safe for 2^32 values per key."""

TAG_BYTES = 16
KEY_BYTES = 32

_STORED = re.compile(r"v1\.(\d{1,4})\.([A-Za-z0-9_-]+)", re.ASCII)


class CannotDecrypt(RuntimeError):
    """The value was not encrypted here, for this tenant and purpose, under a key we hold.

    Never says which of these it was.
    """


class Encryption:
    """Encrypts under the current key; decrypts under any key it holds.

    A value is bound to its tenant and purpose (as associated data): copied into another
    tenant's row, or into another column, it does not open.
    """

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        if current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError(f"Encryption needs keys of {KEY_BYTES} bytes, the current among them")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Hold the current key and every old one that the settings still name."""
        return cls(settings.encryption_keys, settings.data_encryption_key_id)

    def encrypt(self, plaintext: str, *, tenant_id: UUID, purpose: str) -> str:
        """Return the text to store; two calls with the same value give different texts."""
        nonce = os.urandom(NONCE_BYTES)
        bound_to = _associated(self._current, tenant_id, purpose)
        sealed = self._ciphers[self._current].encrypt(nonce, plaintext.encode(), bound_to)
        return f"v1.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}".rstrip("=")

    def decrypt(self, stored: str, *, tenant_id: UUID, purpose: str) -> str:
        """Return what was encrypted for this tenant and purpose.

        Raises:
            CannotDecrypt: the value is foreign, changed, or under a key no longer held.
        """
        key_id, sealed = _parse(stored)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise CannotDecrypt
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, _associated(key_id, tenant_id, purpose)).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise CannotDecrypt from None


def _parse(stored: str) -> tuple[int, bytes]:
    match = _STORED.fullmatch(stored)
    if match is None:
        raise CannotDecrypt
    key_id, text = match.groups()
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise CannotDecrypt from None
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise CannotDecrypt
    return int(key_id), sealed


def _associated(key_id: int, tenant_id: UUID, purpose: str) -> bytes:
    # The tenant's text has a fixed length and the purpose comes last, so that no two
    # triples give the same bytes.
    return f"edgeos.v1.{key_id:04d}.{tenant_id}.{purpose}".encode()
