"""Finding an encrypted value again without opening it: a keyed hash of its normalised form.

A hash is `key version (2 bytes) · first 16 bytes of the HMAC`. Search with `lookup_hashes`, which answers for every key
version, so that a look-up finds its row also while a rotation is under way.
"""

from __future__ import annotations

import re
import unicodedata

from cryptography.hazmat.primitives import hashes, hmac
from django.conf import settings

from huying.kernel.privacy.identity import longer_identity
from huying.kernel.privacy.keys import Key, KeyRing

HASH_SIZE = 18

lookup_ring = KeyRing(
    "lookup",
    algorithm=lambda: "HMAC-SM3" if settings.CIPHER == "SM4-GCM" else "HMAC-SHA256",
    size=lambda algorithm: 32,
)

_NOT_A_DIGIT = re.compile(r"\D")
_COUNTRY_CODE = re.compile(r"(?:00)?86(?=1\d{10}$|0?\d{2,3}\d{7,8}$)")
_SPACE_OR_DASH = re.compile(r"[\s\-‐-―]")


def lookup_hash(kind: str, value: str) -> bytes:
    """The hash to store. `kind` keeps a phone number and an identity number of equal digits apart."""
    return _hash(lookup_ring.current(), kind, value)


def lookup_hashes(kind: str, value: str) -> list[bytes]:
    """The hashes to search for (`phone_hash__in=…`), newest key first."""
    lookup_ring.current()
    return [_hash(key, kind, value) for key in reversed(lookup_ring.all())]


def current_lookup_prefix() -> bytes:
    """How hashes written from now on begin."""
    return lookup_ring.current().version.to_bytes(2, "big")


def normalise(kind: str, value: str) -> str:
    """One spelling for one thing: phones become digits without country code, identity numbers have 18 places."""
    value = unicodedata.normalize("NFKC", value).strip()
    if kind == "phone":
        digits = _NOT_A_DIGIT.sub("", value)
        return _COUNTRY_CODE.sub("", digits, count=1) if len(digits) > 11 else digits
    if kind == "identity":
        return longer_identity(_SPACE_OR_DASH.sub("", value).upper())
    return " ".join(value.casefold().split())


def _hash(key: Key, kind: str, value: str) -> bytes:
    digest = hmac.HMAC(key.secret, hashes.SM3() if key.algorithm == "HMAC-SM3" else hashes.SHA256())
    digest.update(f"{kind}\0{normalise(kind, value)}".encode())
    return key.version.to_bytes(2, "big") + digest.finalize()[: HASH_SIZE - 2]
