"""Secrets at rest: what opens a stored value, and what must not."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from app.core.config import Environment, Settings
from app.core.encryption import CannotDecrypt, Encryption

ACME = UUID("018f0000-0000-7000-8000-000000000001")
GLOBEX = UUID("018f0000-0000-7000-8000-000000000002")
PURPOSE = "payment-provider:stripe"


def settings_with(key_id: int, key: str, old: dict[int, str] | None = None) -> Settings:
    return Settings(
        _env_file=None,
        environment=Environment.TEST,
        secret_key=SecretStr("secret-key-of-the-tests"),
        data_encryption_key=SecretStr(key),
        data_encryption_key_id=key_id,
        data_encryption_old_keys={number: SecretStr(text) for number, text in (old or {}).items()},
    )


@pytest.mark.parametrize("plaintext", ["sk_live_123", "", "ключ ✓", "x" * 10_000])
def test_decrypt_returns_what_was_encrypted(plaintext: str) -> None:
    encryption = Encryption.of(settings_with(1, "first"))

    stored = encryption.encrypt(plaintext, tenant_id=ACME, purpose=PURPOSE)

    assert encryption.decrypt(stored, tenant_id=ACME, purpose=PURPOSE) == plaintext
    assert stored.startswith("v1.1.")


def test_encrypt_never_gives_the_same_text_twice() -> None:
    encryption = Encryption.of(settings_with(1, "first"))

    texts = {encryption.encrypt("same", tenant_id=ACME, purpose=PURPOSE) for _ in range(20)}

    assert len(texts) == 20


@pytest.mark.parametrize(
    ("tenant_id", "purpose"),
    [
        pytest.param(GLOBEX, PURPOSE, id="another tenant"),
        pytest.param(ACME, "payment-provider:simplefi", id="another purpose"),
    ],
)
def test_decrypt_refuses_a_value_bound_elsewhere(tenant_id: UUID, purpose: str) -> None:
    encryption = Encryption.of(settings_with(1, "first"))
    stored = encryption.encrypt("sk_live_123", tenant_id=ACME, purpose=PURPOSE)

    with pytest.raises(CannotDecrypt):
        encryption.decrypt(stored, tenant_id=tenant_id, purpose=purpose)


def test_decrypt_refuses_every_changed_byte() -> None:
    encryption = Encryption.of(settings_with(1, "first"))
    stored = encryption.encrypt("sk", tenant_id=ACME, purpose=PURPOSE)
    head = len("v1.1.")

    for position in range(head, len(stored) - 1):
        changed = "A" if stored[position] != "A" else "B"
        with pytest.raises(CannotDecrypt):
            encryption.decrypt(
                stored[:position] + changed + stored[position + 1 :],
                tenant_id=ACME,
                purpose=PURPOSE,
            )


@pytest.mark.parametrize(
    "stored",
    ["", "sk_live_123", "v1.1.", "v1.1.AAAA", "v1.1.AAAAA", "v2.1.AAAA", "v1.x.AAAA", "v1.1.A\n"],
)
def test_decrypt_refuses_what_was_never_encrypted(stored: str) -> None:
    encryption = Encryption.of(settings_with(1, "first"))

    with pytest.raises(CannotDecrypt):
        encryption.decrypt(stored, tenant_id=ACME, purpose=PURPOSE)


def test_rotation_keeps_old_values_readable_and_writes_under_the_new_key() -> None:
    before = Encryption.of(settings_with(1, "first"))
    old = before.encrypt("sk_live_123", tenant_id=ACME, purpose=PURPOSE)
    after = Encryption.of(settings_with(2, "second", old={1: "first"}))

    new = after.encrypt("sk_live_123", tenant_id=ACME, purpose=PURPOSE)

    assert after.decrypt(old, tenant_id=ACME, purpose=PURPOSE) == "sk_live_123"
    assert new != old
    with pytest.raises(CannotDecrypt):
        before.decrypt(new, tenant_id=ACME, purpose=PURPOSE)


def test_a_value_relabelled_with_another_key_id_does_not_open() -> None:
    encryption = Encryption.of(settings_with(2, "same", old={1: "same"}))
    stored = encryption.encrypt("sk_live_123", tenant_id=ACME, purpose=PURPOSE)

    with pytest.raises(CannotDecrypt):
        encryption.decrypt(stored.replace("v1.2.", "v1.1."), tenant_id=ACME, purpose=PURPOSE)


@pytest.mark.parametrize(
    ("keys", "current"),
    [
        pytest.param({1: b"short"}, 1, id="short key"),
        pytest.param({1: b"k" * 32}, 2, id="no current key"),
    ],
)
def test_encryption_refuses_unusable_keys(keys: dict[int, bytes], current: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Encryption(keys, current)
