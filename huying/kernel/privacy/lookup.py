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
_AREA_OR_PAID = r"(?:(?:\+?86|0086)?\D*0\d{2,3}\D*(?:\d\D*){6,7}\d|[48]00\D*(?:\d\D*){6}\d|[2-9]\d{6,7})"
_EXTENSION = re.compile(rf"(.+?)\s*(?:转|分机|#)\s*(\d{{1,6}})|({_AREA_OR_PAID})\s*[-‐-―]\s*(\d{{1,6}})")
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
    """One spelling for one thing: phones become digits without country code and extension, identity numbers have 18
    places."""
    value = unicodedata.normalize("NFKC", value).strip()
    if kind == "phone":
        digits = _NOT_A_DIGIT.sub("", value if value.isdigit() else split_extension(value)[0])
        own = _COUNTRY_CODE.sub("", digits, count=1) if len(digits) > 11 else digits
        at_home = own == digits or own.startswith("0") or (own.startswith("1") and len(own) == 11)
        return own if at_home else f"0{own}"  # +86 27 … is 027 … here
    if kind == "identity":
        return longer_identity(_SPACE_OR_DASH.sub("", value).upper())
    return " ".join(value.casefold().split())


def split_extension(phone: str) -> tuple[str, str]:
    """A number, and what is dialled once it has answered: 027-88936000转8012 and 027-88936000-8012 give
    ("027-88936000", "8012")."""
    value = unicodedata.normalize("NFKC", phone).strip()
    if found := _EXTENSION.fullmatch(value):
        return found[1] or found[3], found[2] or found[4]
    return value, ""


def _hash(key: Key, kind: str, value: str) -> bytes:
    digest = hmac.HMAC(key.secret, hashes.SM3() if key.algorithm == "HMAC-SM3" else hashes.SHA256())
    digest.update(f"{kind}\0{normalise(kind, value)}".encode())
    return key.version.to_bytes(2, "big") + digest.finalize()[: HASH_SIZE - 2]
