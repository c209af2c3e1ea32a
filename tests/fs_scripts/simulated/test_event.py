"""Serialising events as FreeSWITCH does, quirks included."""

import json

from fs_scripts.simulated.event import Event, serialise, url_encode


def test_unsafe_characters_are_escaped_and_others_are_not():
    assert url_encode("a b:c/d-e.f(1)") == b"a%20b%3Ac/d-e.f(1)"
    assert url_encode("税") == b"%E7%A8%8E"
    assert url_encode("a\r\nb") == b"a%0D%0Ab"


def test_an_escape_is_not_escaped_again_unless_it_is_in_small_letters():
    assert url_encode("a%0Ab") == b"a%0Ab"
    assert url_encode("a%0ab") == b"a%250ab"
    assert url_encode("100%") == b"100%25"


def test_a_byte_that_is_no_utf_8_goes_out_as_it_came():
    name = b"\xc4\xe3".decode("utf-8", "surrogateescape")

    assert url_encode(name) == b"%C4%E3"
    assert b"\xc4\xe3" in Event("X", {"Caller-Caller-ID-Name": name}).json()


def test_an_empty_value_is_undefined_in_a_plain_event():
    assert serialise({"A": "", "B": "1"}) == b"A: _undef_\nB: 1\n\n"


def test_a_body_follows_its_length():
    assert serialise({"A": "1"}, "+OK\n") == b"A: 1\nContent-Length: 4\n\n+OK\n"
    told = json.loads(Event("X", {"A": "1"}, "+OK\n").json())
    assert (told["Content-Length"], told["_body"]) == ("4", "+OK\n")


def test_header_names_are_found_whatever_their_case():
    event = Event("X", {"Unique-ID": "7"})

    assert event.header("unique-id") == "7"
    assert event.header("Other") is None
