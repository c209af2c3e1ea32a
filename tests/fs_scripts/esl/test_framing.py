import pytest

from fs_scripts.esl.errors import ProtocolError
from fs_scripts.esl.framing import Block, Framer
from tests.fs_scripts.esl.fakes import payload

STREAM = [
    "auth_request",
    "reply_auth",
    "channel_create",
    "api_show_channels",
    "background_job",
    "disconnect_notice_linger",
    "dtmf",
    "disconnect_notice",
]


@pytest.mark.parametrize("size", [1, 7, 100, 4096, 10**6])
def test_frames_are_the_same_however_the_bytes_are_cut(size: int) -> None:
    stream = b"".join(payload(each) for each in STREAM)
    framer = Framer()
    frames = [
        frame for start in range(0, len(stream), size) for frame in framer.feed(stream[start : start + size])
    ]
    assert b"".join(head.raw[1:] + b"\n\n" + body for head, body in frames) == stream
    assert [head.get("Content-Type") for head, _ in frames] == [
        "auth/request",
        "command/reply",
        "text/event-plain",
        "api/response",
        "text/event-plain",
        "text/disconnect-notice",
        "text/event-plain",
        "text/disconnect-notice",
    ]


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "99999999999", "٣"])
def test_a_length_that_makes_no_sense_is_an_error(length: str) -> None:
    with pytest.raises(ProtocolError):
        Framer().feed(f"Content-Type: text/event-plain\nContent-Length: {length}\n\n".encode())


def test_a_header_block_without_an_end_is_an_error_and_not_all_our_memory() -> None:
    framer = Framer()
    with pytest.raises(ProtocolError):
        for _ in range(100):
            framer.feed(b"A" * 65536)


def test_what_is_no_utf_8_becomes_a_replacement_character() -> None:
    assert Block(b"Name: \xcd\xf5").get("Name") == "\ufffd\ufffd"
    assert Block(b"Name: %CD%F5").get("Name") == "\ufffd\ufffd"


def test_an_empty_value_is_none() -> None:
    block = Block(b"Caller-Caller-ID-Name: _undef_\nOther: x")
    assert block.get("Caller-Caller-ID-Name") is None
    assert block.has("Caller-Caller-ID-Name")
    assert block.all() == {"Other": "x"}


def test_a_name_is_matched_whole() -> None:
    block = Block(b"Other-Unique-ID: 1\nUnique-ID: 2\nUnique-ID-2: 3")
    assert block.get("Unique-ID") == "2"
    assert block.get("nique-ID") is None
