import pytest

from hotline.store.passwords import hash_password, verify_password


def test_the_right_password_is_recognised_and_a_wrong_one_is_not():
    stored = hash_password("正确的密码")

    assert verify_password(stored, "正确的密码")
    assert not verify_password(stored, "错误的密码")


def test_the_hash_does_not_hold_the_password_and_names_its_method():
    stored = hash_password("open sesame")

    assert stored.startswith("$argon2id$")
    assert "sesame" not in stored


@pytest.mark.parametrize("stored", ["", "!", "plain", "$argon2id$broken"])
def test_an_unreadable_hash_lets_nobody_in(stored):
    assert not verify_password(stored, "anything")
