"""Personal data: unreadable in the database, found again by hash, masked on screen, their keys replaceable."""

from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps
from pytest_django import Settings

from huying.kernel import privacy
from huying.kernel.privacy import EncryptedTextField, LookupHashField, rotation
from huying.kernel.privacy.cipher import fields_ring, key_version
from huying.kernel.privacy.keys import KeyRing
from huying.kernel.privacy.lookup import lookup_ring
from huying.kernel.privacy.signing import signing_ring

PHONE, IDENTITY = "13812345678", "11010519491231002X"


@pytest.fixture(autouse=True)
def keys(settings: Settings, tmp_path: Path) -> Path:
    settings.KEYS_DIR = tmp_path / "keys"
    settings.CIPHER = "AES-GCM"
    return tmp_path / "keys"


def as_another_process() -> None:
    for ring in (fields_ring, lookup_ring, signing_ring):
        ring.forget()


# --- encryption


@pytest.mark.parametrize("cipher", ["AES-GCM", "SM4-GCM"])
@pytest.mark.parametrize("text", ["张三", "", "😀" * 1000, "a\0b"])
def test_what_is_encrypted_opens_again(cipher: str, text: str, settings: Settings) -> None:
    settings.CIPHER = cipher
    sealed = privacy.encrypt(text, bound_to="people_contact.name")
    assert not text or text.encode() not in sealed
    assert sealed != privacy.encrypt(text, bound_to="people_contact.name"), "equal values must not look equal"
    assert privacy.decrypt(sealed, bound_to="people_contact.name") == text


@pytest.mark.parametrize("cipher", ["AES-GCM", "SM4-GCM"])
def test_a_changed_or_moved_value_does_not_open(cipher: str, settings: Settings) -> None:
    settings.CIPHER = cipher
    sealed = privacy.encrypt(PHONE, bound_to="people_contact.phone")
    with pytest.raises(privacy.Undecipherable):
        privacy.decrypt(sealed, bound_to="people_contact.name")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(privacy.Undecipherable):
            privacy.decrypt(bytes(changed), bound_to="people_contact.phone")
    for length in range(len(sealed)):
        with pytest.raises(privacy.Undecipherable):
            privacy.decrypt(sealed[:length], bound_to="people_contact.phone")


def test_the_national_cipher_agrees_with_its_standard() -> None:
    """RFC 8998, A.1."""
    from huying.kernel.privacy.cipher import _open, _seal
    from huying.kernel.privacy.keys import Key

    key = Key(1, b"", "SM4-GCM", bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), "")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    bound = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex("".join(c * 16 for c in "ABCDEFEA"))
    sealed = _seal(key, nonce, plain, bound)
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert _open(key, nonce, sealed, bound) == plain


def test_changing_the_cipher_keeps_old_values_readable(settings: Settings) -> None:
    old, old_hash = privacy.encrypt("张三"), privacy.lookup_hash("phone", PHONE)
    settings.CIPHER = "SM4-GCM"
    new = privacy.encrypt("李四")
    assert (key_version(old), key_version(new)) == (1, 2)
    assert privacy.decrypt(old) == "张三"
    assert privacy.decrypt(new) == "李四"
    assert old_hash in privacy.lookup_hashes("phone", PHONE)
    assert privacy.lookup_hash("phone", PHONE) != old_hash


def test_a_lost_key_is_named_as_the_reason(keys: Path) -> None:
    sealed = privacy.encrypt("张三")
    (keys / "fields.json").unlink()
    as_another_process()
    privacy.encrypt("李四")  # a new ring with a version 1 of its own
    with pytest.raises(privacy.Undecipherable, match="not the one"):
        privacy.decrypt(sealed)


# --- key files


def test_key_files_are_private_and_apart(keys: Path) -> None:
    privacy.encrypt("张三")
    privacy.lookup_hash("phone", PHONE)
    privacy.sign(b"anchor")
    secrets = set()
    for name in ("fields", "lookup", "signing"):
        path = keys / f"{name}.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        secrets |= {key["secret"] for key in json.loads(path.read_text())["keys"]}
    assert len(secrets) == 3
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700


def _first_use(directory: str, _: int) -> str:
    """Runs in a process of its own."""
    from django.conf import settings

    settings.KEYS_DIR = Path(directory)
    fields_ring.forget()
    return fields_ring.current().id.hex()


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        ids = pool.starmap(_first_use, [(str(tmp_path / "shared"), n) for n in range(24)])
    assert len(set(ids)) == 1
    assert [path.name for path in sorted((tmp_path / "shared").iterdir())] == ["fields.json", "fields.lock"]


def test_another_process_notices_a_rotation(settings: Settings) -> None:
    here = KeyRing("fields", algorithm=lambda: "AES-GCM", size=lambda algorithm: 32)
    there = KeyRing("fields", algorithm=lambda: "AES-GCM", size=lambda algorithm: 32)
    assert here.current() == there.current()
    new = there.rotate()
    assert here.get(new.version) == new, "at once when it meets a value written with it"
    here._looked_at -= 2  # a second later also for writing
    assert here.current() == new


# --- look-up


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "138 1234 5678", "+86-138-1234-5678"),
        ("phone", "１３８１２３４５６７８", "008613812345678"),
        ("phone", "(027) 8887 6543", "+86 027-88876543"),
        ("identity", "11010519491231002x", " 110105 19491231 002X"),
        ("identity", "110105491231002", IDENTITY),
        ("credit code", "91420106ma4k", "９１４２０１０６MA4K "),
    ],
)
def test_spellings_of_one_thing_have_one_hash(kind: str, one: str, other: str) -> None:
    assert privacy.lookup_hash(kind, one) == privacy.lookup_hash(kind, other)


def test_hashes_tell_kinds_values_and_installations_apart(settings: Settings, tmp_path: Path) -> None:
    hashes = {privacy.lookup_hash("phone", PHONE), privacy.lookup_hash("other", PHONE)}
    hashes.add(privacy.lookup_hash("phone", "13812345679"))
    settings.KEYS_DIR = tmp_path / "elsewhere"
    hashes.add(privacy.lookup_hash("phone", PHONE))
    assert len(hashes) == 4


# --- signatures


def test_a_signature_is_checked_with_the_exported_key_alone() -> None:
    key = privacy.signing_key()
    signature = key.sign(b"anchor")
    signing_ring.rotate()
    later = privacy.signing_key()
    assert later.key_id != key.key_id
    assert privacy.verify(b"anchor", signature, key.key_id), "older anchors stay checkable"
    assert not privacy.verify(b"changed", signature, key.key_id)
    with pytest.raises(privacy.KeyMissing):
        privacy.verify(b"anchor", signature, "9-00000000")

    public: Any = load_pem_public_key(privacy.export_public_keys()[key.key_id].encode())
    public.verify(signature, b"anchor")
    assert "PRIVATE" not in "".join(privacy.export_public_keys().values())


# --- fields


@pytest.fixture
def contact(db: None) -> Iterator[Any]:
    with isolate_apps("huying.kernel"):

        class Contact(models.Model):
            name = EncryptedTextField()
            phone = EncryptedTextField(blank=True)
            note = EncryptedTextField(null=True)
            phone_hash = LookupHashField(of="phone", kind="phone")

            class Meta:
                app_label = "kernel"
                db_table = "test_contact"

            def __str__(self) -> str:
                return str(self.name)

        with connection.schema_editor() as editor:
            editor.create_model(Contact)
        yield Contact


def stored(column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM test_contact ORDER BY id")
        return [value and bytes(value) for (value,) in cursor.fetchall()]


def test_the_column_holds_no_readable_data(contact: Any) -> None:
    contact.objects.create(name="张三", phone=PHONE)
    contact.objects.bulk_create([contact(name="李四", phone="", note="备注")])
    assert "张三".encode() not in stored("name")[0]
    assert PHONE.encode() not in stored("phone")[0]
    assert stored("phone")[1] == b""
    assert stored("note")[0] is None

    first, second = contact.objects.order_by("id")
    assert (first.name, first.phone, first.note) == ("张三", PHONE, None)
    assert (second.name, second.phone, second.note) == ("李四", "", "备注")
    assert contact.objects.get(phone_hash__in=privacy.lookup_hashes("phone", f"+86 {PHONE}")) == first
    assert second.phone_hash is None


def test_updates_are_encrypted_too(contact: Any) -> None:
    one = contact.objects.create(name="张三", phone=PHONE)
    contact.objects.update(name="王五")
    assert contact.objects.values_list("name", flat=True).get() == "王五"
    one.name = "赵六"
    contact.objects.bulk_update([one], ["name"])
    assert contact.objects.get().name == "赵六"


def test_searching_an_encrypted_column_is_refused(contact: Any) -> None:
    with pytest.raises(FieldError):
        contact.objects.filter(name="张三").exists()
    assert not contact.objects.filter(note__isnull=False).exists()


def test_a_value_copied_into_another_column_does_not_open(contact: Any) -> None:
    contact.objects.create(name="张三", phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE test_contact SET name = phone")
    with pytest.raises(privacy.Undecipherable):
        contact.objects.get()


def test_rotation_renews_every_row_and_its_hashes(contact: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    contact.objects.bulk_create(contact(name=f"张{n}", phone=f"1380000{n:04}") for n in range(25))
    contact.objects.create(name="无电话", phone="", note=None)
    monkeypatch.setattr("django.apps.apps.get_models", lambda: [contact])
    before = stored("name")
    seen: list[int] = []

    privacy.rotate_keys()
    renewed = privacy.rotate_fields(batch=10, progress=lambda table, rows: seen.append(rows))

    assert renewed == 26
    assert seen == [10, 20, 26]
    assert {key_version(value) for value in before} == {1}
    assert {key_version(value) for value in stored("name")} == {2}
    assert contact.objects.get(phone_hash=privacy.lookup_hash("phone", "13800000007")).name == "张7"
    assert contact.objects.get(name__isnull=False, phone_hash=None).phone == ""
    assert privacy.rotate_fields() == 0, "a second run finds nothing to do"


def test_the_kernels_own_models_declare_their_protected_tables() -> None:
    assert all(table.encrypted for table in rotation.protected_tables())


# --- masks


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13812345678，急", "请打138****5678，急"),
        ("电话138-1234-5678或138 1234 5679", "电话138****5678或138****5679"),
        ("+86 13812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("座机027-88876543，（027）88876544", "座机027-****6543，027-****6544"),
        ("区号四位0716-8123456", "区号四位0716-****3456"),
        (f"身份证{IDENTITY}。", "身份证110***********002X。"),
        ("身份证11010519491231002x。", "身份证110***********002x。"),
        ("老身份证110105491231002", "老身份证110********1002"),
        ("两个13812345678、13912345678", "两个138****5678、139****5678"),
    ],
)
def test_personal_numbers_in_a_text_are_masked(text: str, masked: str) -> None:
    assert privacy.mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证110105194912310021（末位写错）", "身份证110***********0021（末位写错）"),
        ("银行卡6222020200012345678", "银行卡622************5678"),
        ("家里电话：88880000", "家里电话：****00"),
        ("QQ号12345678，微信：wang_xiuying", "QQ号****78，微信：****ng"),
    ],
)
def test_what_looks_like_a_personal_number_is_masked_as_well(text: str, masked: str) -> None:
    assert privacy.mask_text(text) == masked
    assert list(privacy.find_personal(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "件号WC20261122000123",
        "网格420106001001005",
        "2026-11-22 12:30:00",
        "金额12345678901234567890元",
        "12345热线、110",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert privacy.mask_text(text) == text


def test_finding_tells_what_is_where() -> None:
    text = f"我叫张三，{IDENTITY}，{PHONE}"
    assert [(found.kind, text[found.start : found.end]) for found in privacy.find_personal(text)] == [
        ("identity", IDENTITY),
        ("phone", PHONE),
    ]


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张三丰", "张**"), ("欧阳修", "欧阳*"), ("", ""), ("李", "*"), ("Anna", "A***")],
)
def test_names(name: str, masked: str) -> None:
    assert privacy.mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("027-88876543", "027-****6543"),
        ("88876543", "****43"),
        ("110", "****"),
        ("", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert privacy.mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("武昌区中南路街道丁字桥路12号3栋2单元501室", "武昌区中南路街道丁字桥路****"),
        ("东湖花园三栋二单元", "东湖花园****"),
        ("中北路车站旁", "中北路****"),
        ("", ""),
    ],
)
def test_addresses(address: str, masked: str) -> None:
    assert privacy.mask_address(address) == masked


def test_identities() -> None:
    assert privacy.mask_identity(IDENTITY) == "110***********002X"
    assert privacy.mask_identity("123") == "***"
    assert privacy.is_identity(IDENTITY)
    assert not privacy.is_identity("110105194912310021")
    assert not privacy.is_identity("110105194913310028")
