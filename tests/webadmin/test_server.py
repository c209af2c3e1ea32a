"""The web server as a process runs it: one port, a log of requests, a stop that ends."""

import http.client

import pytest
from structlog.testing import capture_logs

from hotline import config
from tests.webadmin import cast
from webadmin import sign_in
from webadmin.server import WebServer


@pytest.fixture
def server(services):
    object.__setattr__(services.settings, "http", config.Address("127.0.0.1", 0))
    made = WebServer(services)
    made.start()
    yield made
    made.stop(timeout=0.5)


def get(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_it_serves_pages_with_the_headers_that_protect_them(server):
    status, headers, body = get(server, "/sign-in")
    assert status == 200
    assert "12366" in body.decode()
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_log_of_requests_holds_no_query_strings(server):
    with capture_logs() as logs:
        get(server, "/calls/?number=13812345678")
    line = next(entry for entry in logs if entry["event"] == "request")
    assert (line["path"], line["status"], line["method"]) == ("/calls/", 302, "GET")
    assert "13812345678" not in str(logs)


def test_static_files_may_be_kept_and_are_not_logged(server):
    with capture_logs() as logs:
        status, headers, _body = get(server, "/static/css/console.css")
    assert status == 200
    assert "max-age" in headers["Cache-Control"]
    assert not [entry for entry in logs if entry["event"] == "request"]


def test_after_the_stop_nobody_answers(server):
    server.stop(timeout=0.5)
    with pytest.raises(OSError):  # noqa: PT011 -- refused or reset, as the system has it
        get(server, "/sign-in")


def test_too_many_sign_ins_from_one_address_are_slowed_down(server, monkeypatch):
    # Each wrong password costs half a second of processor time, which is not what this is about.
    monkeypatch.setattr(sign_in, "_nobodys_hash", cast.fast_hash)
    client = server.app.test_client()
    answers = [
        client.post("/api/v1/tokens", json={"login": f"x{n}", "password": "y"}).status_code for n in range(62)
    ]
    assert answers[:3] == [401, 401, 401]
    assert answers[-1] == 429
