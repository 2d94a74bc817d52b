"""Personal data: encrypted where it is stored, found by a keyed hash, masked where it is shown.

The keys lie in files apart from the database (`keys`). Three rings that never share a key: `fields` encrypts, `lookup`
hashes, `signing` signs the ledger's anchors.
"""

from huying.kernel.privacy.cipher import Undecipherable, decrypt, encrypt
from huying.kernel.privacy.fields import EncryptedTextField, LookupHashField
from huying.kernel.privacy.identity import is_identity
from huying.kernel.privacy.keys import KeyMissing
from huying.kernel.privacy.lookup import lookup_hash, lookup_hashes, normalise, split_extension
from huying.kernel.privacy.masking import (
    Found,
    conceal,
    find_personal,
    mask_address,
    mask_identity,
    mask_name,
    mask_phone,
    mask_text,
)
from huying.kernel.privacy.rotation import rotate_fields, rotate_keys
from huying.kernel.privacy.signing import SigningKey, export_public_keys, sign, signing_key, verify
from huying.kernel.privacy.traces import Traces

__all__ = [
    "EncryptedTextField",
    "Found",
    "KeyMissing",
    "LookupHashField",
    "SigningKey",
    "Traces",
    "Undecipherable",
    "conceal",
    "decrypt",
    "encrypt",
    "export_public_keys",
    "find_personal",
    "is_identity",
    "lookup_hash",
    "lookup_hashes",
    "mask_address",
    "mask_identity",
    "mask_name",
    "mask_phone",
    "mask_text",
    "normalise",
    "rotate_fields",
    "rotate_keys",
    "sign",
    "signing_key",
    "split_extension",
    "verify",
]
