"""Accounts on disk: whole or not at all, for the switch and its owner only."""

from pathlib import Path

from fs_scripts.switch import directory
from hotline.domain.directory import DeskUser, a1_hash, include_file

USERS = [DeskUser(str(number), a1_hash(str(number), "secret")) for number in (1001, 1002)]


def test_the_accounts_are_written_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"

    assert directory.write(folder, USERS)

    assert [path.name for path in folder.iterdir()] == ["desks.xml"]
    assert (folder / "desks.xml").read_text() == include_file(USERS)
    assert (folder / "desks.xml").stat().st_mode & 0o777 == 0o600


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    directory.write(tmp_path, USERS)
    before = (tmp_path / "desks.xml").stat()

    assert not directory.write(tmp_path, reversed(USERS))

    assert (tmp_path / "desks.xml").stat().st_ino == before.st_ino


def test_an_account_that_is_gone_is_gone_from_the_file(tmp_path: Path) -> None:
    directory.write(tmp_path, USERS)

    assert directory.write(tmp_path, USERS[:1])

    assert "1002" not in (tmp_path / "desks.xml").read_text()
