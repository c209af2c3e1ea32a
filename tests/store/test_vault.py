import pytest

from hotline.store.vault import Vault, VaultError

KEY = bytes(range(32))


def test_what_is_sealed_can_be_opened_with_the_same_key():
    assert Vault(KEY).open(Vault(KEY).seal("话机密码 1001")) == "话机密码 1001"


def test_the_same_text_is_sealed_differently_each_time():
    vault = Vault(KEY)

    assert vault.seal("x") != vault.seal("x")


def test_another_key_does_not_open_it():
    sealed = Vault(KEY).seal("x")

    with pytest.raises(VaultError, match="another key"):
        Vault(bytes(32)).open(sealed)


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed_wherever_it_is(position):
    sealed = bytearray(Vault(KEY).seal("secret"))
    sealed[position] ^= 1

    with pytest.raises(VaultError):
        Vault(KEY).open(bytes(sealed))


@pytest.mark.parametrize("value", [b"", b"\x01", b"plain text that nobody sealed"])
def test_what_was_never_sealed_is_refused(value):
    with pytest.raises(VaultError):
        Vault(KEY).open(value)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(VaultError, match="32 bytes, not 16"):
        Vault(bytes(16))
