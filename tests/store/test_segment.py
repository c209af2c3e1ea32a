import os
import signal
import subprocess
import sys

import pytest

from hotline.domain.journal import Entry
from hotline.store import segment
from hotline.store.segment import SegmentError, SegmentWriter, adopt, decode, encode

HOSTILE = Entry(
    "e1",
    1_800_000_000.125,
    "call.started",
    "i-1",
    "8001",
    "policy",
    {"caller_name": '张三\r\n{"id":"forged"}\x00', "n": 3, "list": ["a", None]},
)


def entry(number: int) -> Entry:
    return Entry(f"id-{number}", 1_800_000_000.0 + number, "ivr.entered", "i-1", data={"node": str(number)})


def write(folder, *entries):
    writer = SegmentWriter(folder)
    for one in entries:
        writer.append(encode(one))
    return writer


def test_an_entry_comes_back_as_it_was_whatever_is_in_it():
    line = encode(HOSTILE)

    assert line.count(b"\n") == 1
    assert decode(line) == HOSTILE


def test_bytes_that_are_no_text_do_not_stop_the_journal():
    line = encode(Entry("e", 1.0, "k", data={"name": b"\xff\xfe".decode("utf-8", "surrogateescape")}))

    assert decode(line).data == {"name": "??"}


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"id":"x"}', b"null", b"\xff\xfe"])
def test_what_is_no_entry_is_refused(line):
    with pytest.raises(SegmentError):
        decode(line)


def test_reading_goes_on_where_it_stopped(tmp_path):
    writer = write(tmp_path, *map(entry, range(5)))

    first = segment.read(writer.path, 0, 3)
    second = segment.read(writer.path, first.offset, 3)
    nothing = segment.read(writer.path, second.offset, 3)

    assert [e.entry_id for e in first.entries + second.entries] == [f"id-{n}" for n in range(5)]
    assert nothing.entries == ()
    assert nothing.offset == second.offset == writer.path.stat().st_size


def test_a_last_line_that_is_not_complete_is_left_until_it_is(tmp_path):
    writer = write(tmp_path, entry(1))
    line = encode(entry(2))
    writer.append(line[:20])

    assert len(segment.read(writer.path, 0, 10).entries) == 1
    writer.append(line[20:])
    assert len(segment.read(writer.path, 0, 10).entries) == 2


def test_a_line_that_is_longer_than_one_read_is_read(tmp_path):
    long = Entry("long", 1.0, "k", data={"text": "x" * 3_000_000})
    writer = write(tmp_path, long, entry(1))

    assert [e.entry_id for e in segment.read(writer.path, 0, 10).entries] == ["long", "id-1"]


def test_a_damaged_line_in_the_middle_is_counted_and_passed_over(tmp_path):
    writer = write(tmp_path, entry(1))
    writer.append(b"\x00\x00\x00garbage\n")
    writer.append(encode(entry(2)))

    chunk = segment.read(writer.path, 0, 10)

    assert [e.entry_id for e in chunk.entries] == ["id-1", "id-2"]
    assert chunk.damaged == 1


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch):
    writer = write(tmp_path, entry(1))
    real = os.write

    def half_then_full(fd, data):
        if len(data) < 30:
            raise OSError(28, "No space left on device")
        return real(fd, data[: len(data) - 29])

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(OSError, match="No space left"):
        writer.append(encode(entry(2)))
    monkeypatch.undo()
    writer.append(encode(entry(3)))

    assert [e.entry_id for e in segment.read(writer.path, 0, 10).entries] == ["id-1", "id-3"]


def test_a_segment_with_a_living_writer_cannot_be_adopted_and_one_without_can(tmp_path):
    writer = write(tmp_path, entry(1))

    with adopt(writer.path) as adopted:
        assert not adopted
    writer.close()
    with adopt(writer.path) as adopted:
        assert adopted


def test_only_one_gets_an_orphan_and_nobody_gets_one_that_is_gone(tmp_path):
    writer = write(tmp_path, entry(1))
    writer.close()

    with adopt(writer.path) as first, adopt(writer.path) as second:
        assert (first, second) == (True, False)
    writer.path.unlink()
    with adopt(writer.path) as adopted:
        assert not adopted


def test_what_a_process_wrote_is_there_after_kill_9_and_can_be_adopted(tmp_path):
    program = (
        "import sys, pathlib\n"
        "from hotline.domain.journal import Entry\n"
        "from hotline.store.segment import SegmentWriter, encode\n"
        "writer = SegmentWriter(pathlib.Path(sys.argv[1]))\n"
        "for n in range(1000):\n"
        "    writer.append(encode(Entry(f'id-{n}', 1.0 + n, 'k')))\n"
        "print('written', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.readline() == b"written\n"
        (path,) = segment.segments(tmp_path)
        with adopt(path) as adopted:
            assert not adopted
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    with adopt(path) as adopted:
        assert adopted
    assert len(segment.read(path, 0, 2000).entries) == 1000


def test_segments_are_listed_oldest_first(tmp_path):
    writers = [write(tmp_path, entry(n)) for n in range(3)]
    for age, writer in enumerate(writers):
        os.utime(writer.path, (1000 - age, 1000 - age))

    assert segment.segments(tmp_path) == [writer.path for writer in reversed(writers)]
