"""Ed25519 signatures, so that whoever holds the public key can check the ledger's anchors without this system."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from huying.kernel.privacy.keys import Key, KeyMissing, KeyRing

signing_ring = KeyRing("signing", algorithm=lambda: "Ed25519", size=lambda algorithm: 32)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`key_id` is stored beside a signature, e.g. `1-9f3a0c77`."""

    key_id: str
    private: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()


def signing_key() -> SigningKey:
    """The key to sign with now. Take it once for a signature and its key id: a rotation may come between two calls."""
    return _signing_key(signing_ring.current())


def sign(data: bytes) -> bytes:
    """64 bytes, made with the current key."""
    return signing_key().sign(data)


def verify(data: bytes, signature: bytes, key_id: str) -> bool:
    """Whether `signature` was made over `data` with that key. `KeyMissing` when the key is not here."""
    for key in signing_ring.all():
        if _key_id(key) == key_id:
            try:
                _signing_key(key).public.verify(signature, data)
            except InvalidSignature:
                return False
            return True
    raise KeyMissing(f"no key {key_id} in {signing_ring.path}")


def export_public_keys() -> dict[str, str]:
    """Key id → public key in PEM, for auditors."""
    signing_ring.current()
    return {
        _key_id(key): _signing_key(key).public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for key in signing_ring.all()
    }


def _key_id(key: Key) -> str:
    return f"{key.version}-{key.id.hex()}"


def _signing_key(key: Key) -> SigningKey:
    return SigningKey(_key_id(key), Ed25519PrivateKey.from_private_bytes(key.secret))
