"""Asking an HTTP service."""

import pytest

from hotline.lookups import http
from hotline.lookups.source import DataSource, LookUpFailed


def source(service, path: str = "/taxpayer/${number}", **changes) -> DataSource:
    defaults = {"results": {"name": "data.items.0.name", "balance": "data.balance"}, "allow_private": True}
    return DataSource("register", "Register", "http", service.address + path, **(defaults | changes))


def test_parameters_go_into_the_address_and_paths_come_out_of_the_answer(service):
    service.says("/taxpayer/3205", {"data": {"items": [{"name": "李"}], "balance": 12.50, "more": 1}})
    assert http.ask(source(service), {"number": "3205"}, 2) == {"name": "李", "balance": "12.5"}


def test_a_parameter_stays_where_it_was_put_whatever_is_in_it(service):
    http.ask(source(service), {"number": "../admin?x=1&y#z\r\nHost: evil"}, 2)
    (asked,) = service.asked
    assert asked[1] == "/taxpayer/..%2Fadmin%3Fx%3D1%26y%23z%0D%0AHost%3A%20evil"
    assert asked[3]["Host"] == f"127.0.0.1:{service.port}"


def test_a_body_is_posted_as_json_and_the_secret_goes_into_the_header(service):
    service.says("/", {"found": True, "level": 3, "list": [1], "gone": None})
    asking = source(
        service,
        "/",
        query='{"number": "${number}"}',
        headers={"Authorization": "Bearer ${secret}"},
        secret="s3cret",
        results={},
    )
    assert http.ask(asking, {"number": 'a"b'}, 2) == {"found": "true", "level": "3"}
    method, _, body, headers = service.asked[0]
    assert (method, body, headers["Authorization"]) == ("POST", '{"number": "a\\"b"}', "Bearer s3cret")
    assert "s3cret" not in repr(asking)


def test_what_is_not_there_is_not_found(service):
    service.says("/taxpayer/1", {"data": {}})
    service.says("/taxpayer/2", [1, 2])
    assert http.ask(source(service), {"number": "404"}, 2) is None
    assert http.ask(source(service), {"number": "1"}, 2) is None
    assert http.ask(source(service, results={}), {"number": "2"}, 2) is None


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (b"<html>", 200, "not JSON"),
        (b"[" * 60_000, 200, "not JSON"),
        (b" " * 70_000, 200, "KiB"),
        ({}, 500, "answered 500"),
        ({}, 302, "answered 302"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_failure(service, answer, status, why):
    service.says("/taxpayer/1", answer, status)
    service.headers["Location"] = "http://127.0.0.1:1/elsewhere"
    with pytest.raises(LookUpFailed, match=why):
        http.ask(source(service), {"number": "1"}, 2)
    assert len(service.asked) == 1


def test_a_service_that_dawdles_is_given_up_in_time(service):
    service.says("/taxpayer/1", {"data": {}})
    service.stalls.clear()
    with pytest.raises(LookUpFailed, match="TimeoutError"):
        http.ask(source(service), {"number": "1"}, 0.3)


def test_a_machine_of_a_private_network_is_asked_only_where_that_is_allowed(service):
    with pytest.raises(LookUpFailed, match="private network"):
        http.ask(source(service, allow_private=False), {}, 2)
    assert service.asked == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[::ffff:169.254.0.1]"]
)
def test_some_addresses_are_asked_by_nobody(host):
    asking = DataSource("x", "x", "http", f"http://{host}/", allow_private=True)
    with pytest.raises(LookUpFailed, match="private network"):
        http.ask(asking, {}, 1)


def test_nobody_at_home_and_a_name_that_does_not_exist_are_failures(service):
    with pytest.raises(LookUpFailed, match="did not answer"):
        http.ask(DataSource("x", "x", "http", "http://127.0.0.1:9/", allow_private=True), {}, 1)
    with pytest.raises(LookUpFailed, match="name server"):
        http.ask(DataSource("x", "x", "http", "http://nowhere.invalid/"), {}, 1)
