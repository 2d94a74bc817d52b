"""Model fields for personal data: the encrypted text, and the hash by which it is found again."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

from huying.kernel.privacy.cipher import decrypt, encrypt
from huying.kernel.privacy.lookup import HASH_SIZE, lookup_hash


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # its types are given by the mypy plugin
    """Text that is stored encrypted, bound to its table and column.

    Reads and writes as `str`. It cannot be filtered by value; put a `LookupHashField` beside it. An empty text is
    stored as empty bytes.
    """

    description = "encrypted text"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bytea"

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def bound_to(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        text = self.get_prep_value(value)
        if not isinstance(text, str):  # None, or an expression
            return text
        return encrypt(text, bound_to=self.bound_to) if text else b""

    def from_db_value(
        self, value: bytes | memoryview | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> str | None:
        if value is None:
            return None
        sealed = bytes(value)
        return decrypt(sealed, bound_to=self.bound_to) if sealed else ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: every encryption of a value is different, a comparison would silently find nothing."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class LookupHashField(models.BinaryField):  # type: ignore[type-arg]
    """The keyed hash of another field of the same model; filled in whenever the model is saved or bulk-created.

    `of` names the field, `kind` how its value is normalised ("phone", "identity", or any other word for plain text).
    NULL when the value is empty. Search with `phone_hash__in=lookup_hashes("phone", number)`. `QuerySet.update` and
    `save(update_fields=…)` must name both fields.
    """

    def __init__(self, *args: Any, of: str, kind: str, **kwargs: Any) -> None:
        self.of = of
        self.kind = kind
        kwargs |= {"null": True, "editable": False, "max_length": HASH_SIZE}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for given in ("null", "editable", "max_length"):
            kwargs.pop(given, None)
        return name, path, args, {**kwargs, "of": self.of, "kind": self.kind}

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = getattr(model_instance, self.of)
        digest = lookup_hash(self.kind, value) if value else None
        setattr(model_instance, self.attname, digest)
        return digest
