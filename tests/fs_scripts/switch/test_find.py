"""Which switch is found: one that runs before one that could be started, the named one before all."""

from pathlib import Path

import pytest
from gevent.server import StreamServer

from fs_scripts.switch import find


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a FreeSWITCH, whatever this one has."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(find, "USUAL_PLACES", ())


def test_a_switch_that_runs_is_taken_as_it_is() -> None:
    server = StreamServer(("127.0.0.1", 0), lambda c, _: c.sendall(b"Content-Type: auth/request\n\n"))
    server.start()
    try:
        found = find.find("127.0.0.1", server.server_port)
    finally:
        server.stop()

    assert found == find.Found(running=True, binary=None)


def test_nothing_is_found_where_nothing_is(nowhere: None) -> None:
    assert find.find("127.0.0.1", 1) == find.Found(running=False, binary=None)


def test_a_program_on_the_path_is_found(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = program(tmp_path / "bin" / "freeswitch")
    monkeypatch.setenv("PATH", str(binary.parent))

    assert find.find_binary() == binary


def test_a_program_in_a_usual_place_is_found(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = program(tmp_path / "usual" / "freeswitch")
    monkeypatch.setattr(find, "USUAL_PLACES", (tmp_path / "other", binary))

    assert find.find_binary() == binary


@pytest.mark.parametrize("named", [".", "bin", "bin/freeswitch"])
def test_the_named_one_may_be_the_program_or_a_folder_above_it(
    nowhere: None, tmp_path: Path, named: str
) -> None:
    binary = program(tmp_path / "bin" / "freeswitch")

    assert find.find_binary(tmp_path / named) == binary


def test_a_named_place_without_a_program_is_said_and_no_other_is_tried(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(find, "USUAL_PLACES", (program(tmp_path / "usual" / "freeswitch"),))

    with pytest.raises(find.NotAProgram, match="no program"):
        find.find_binary(tmp_path / "wrong")
