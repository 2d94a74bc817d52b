"""Encryption of personal data, value by value.

A stored value is `format (1 byte) · key version (2) · key id (4) · nonce (12) · ciphertext and tag`. The header and the
column a value belongs to are authenticated with it: a value copied into another column, or given another header, does
not open. (Within one column two rows can be swapped by whoever writes to the database; the ledger is what tells.)
"""

from __future__ import annotations

import secrets
import struct
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from huying.kernel.privacy.keys import Key, KeyMissing, KeyRing

CipherName = Literal["AES-GCM", "SM4-GCM"]

_HEADER = struct.Struct(">BH4s")
_FORMAT = 1
_NONCE = 12
_BODY = _HEADER.size + _NONCE
_TAG = 16


class Undecipherable(Exception):
    """A stored value was damaged, moved from another column, or written with a key that is not here."""


fields_ring = KeyRing(
    "fields",
    algorithm=lambda: settings.CIPHER,
    size=lambda algorithm: 16 if algorithm == "SM4-GCM" else 32,
)


def encrypt(text: str, *, bound_to: str = "") -> bytes:
    """Seal `text`; `bound_to` names where it belongs (`table.column`) and must be given again to open it."""
    key = fields_ring.current()
    header = _HEADER.pack(_FORMAT, key.version, key.id)
    nonce = secrets.token_bytes(_NONCE)
    return header + nonce + _seal(key, nonce, text.encode(), header + bound_to.encode())


def decrypt(sealed: bytes, *, bound_to: str = "") -> str:
    """Open what `encrypt` sealed. `Undecipherable` when it cannot be opened."""
    header, nonce, body = sealed[: _HEADER.size], sealed[_HEADER.size : _BODY], sealed[_BODY:]
    key = _key_of(header)
    try:
        return _open(key, nonce, body, header + bound_to.encode()).decode()
    except InvalidTag:
        raise Undecipherable("the value was damaged or moved") from None


def key_version(sealed: bytes) -> int:
    """With which version of the key a stored value was written."""
    return _key_of(sealed[: _HEADER.size]).version


def current_prefix() -> bytes:
    """How every value written from now on begins: the rotation looks for those that begin otherwise."""
    key = fields_ring.current()
    return _HEADER.pack(_FORMAT, key.version, key.id)


def _key_of(header: bytes) -> Key:
    if len(header) < _HEADER.size:
        raise Undecipherable("the value is too short")
    form, version, key_id = _HEADER.unpack(header)
    if form != _FORMAT:
        raise Undecipherable(f"unknown format {form}")
    try:
        key = fields_ring.get(version)
    except KeyMissing as missing:
        raise Undecipherable(str(missing)) from None
    if key.id != key_id:
        raise Undecipherable(f"key {version} in {fields_ring.path} is not the one this value was written with")
    return key


def _seal(key: Key, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    if key.algorithm == "AES-GCM":
        return AESGCM(key.secret).encrypt(nonce, plain, bound)
    encryptor = Cipher(algorithms.SM4(key.secret), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _open(key: Key, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    if len(body) < _TAG:
        raise Undecipherable("the value is too short")
    if key.algorithm == "AES-GCM":
        return AESGCM(key.secret).decrypt(nonce, body, bound)
    decryptor = Cipher(algorithms.SM4(key.secret), modes.GCM(nonce, body[-_TAG:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(body[:-_TAG]) + decryptor.finalize()
