"""Call records: their shape, the receiver, and the spool folder when there is none."""

import base64
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from fs_scripts.simulated import cdr
from fs_scripts.simulated.callers import Caller, HangUpAfter
from fs_scripts.simulated.config import CdrTarget
from tests.contract.client import soon


def test_each_leg_leaves_a_record_in_the_spool_folder(switch, handler, tmp_path):
    switch.place_call(Caller("13900000001", name="张三"))
    link = handler.next_call()
    told = link.send("connect").headers
    link.send("myevents")
    link.run("answer")
    link.run("set", "hotline_interaction=i-1")
    link.run("bridge", "user/1001@d")
    link.execute("hangup")

    path = tmp_path / "spool" / f"{told['Unique-ID']}.cdr.json"
    soon(path.exists)
    found = json.loads(path.read_text())
    assert found["variables"]["hotline_interaction"] == "i-1"
    assert found["variables"]["hangup_cause"] == "NORMAL_CLEARING"
    assert int(found["variables"]["billsec"]) >= 5
    assert found["callflow"][0]["caller_profile"]["caller_id_name"] == "张三"
    assert int(found["callflow"][0]["times"]["answered_time"]) > 0
    applications = [app["app_name"] for app in found["app_log"]["applications"]]
    assert "bridge" in applications
    assert applications[-1] == "hangup"
    assert len(list((tmp_path / "spool").iterdir())) == 2


@pytest.fixture
def receiver():
    """An HTTP server that keeps what it is sent and answers with ``status``."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((self.path, self.headers["Authorization"], body))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], 200
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def target(receiver, tmp_path):
    return CdrTarget(tmp_path, f"http://127.0.0.1:{receiver.server_port}/fs/cdr", "cdr", "secret")


def test_the_receiver_gets_a_record_with_the_credentials(receiver, tmp_path):
    assert cdr.deliver(target(receiver, tmp_path), "u-1", b'{"a":1}')

    secret = base64.b64encode(b"cdr:secret").decode()
    assert receiver.got == [("/fs/cdr?uuid=u-1", f"Basic {secret}", b'{"a":1}')]
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_is_refused_goes_into_the_spool_folder(receiver, tmp_path):
    receiver.status = 503

    assert not cdr.deliver(target(receiver, tmp_path), "u-1", b"{}")
    assert (tmp_path / "u-1.cdr.json").read_bytes() == b"{}"


def test_without_a_receiver_the_spool_folder_gets_it(tmp_path):
    assert not cdr.deliver(CdrTarget(tmp_path, "http://127.0.0.1:9/fs/cdr"), "u-1", b"{}")
    assert (tmp_path / "u-1.cdr.json").exists()


def test_hanging_up_at_once_leaves_a_record_too(switch, tmp_path):
    switch.place_call(Caller("13900000001", script=[HangUpAfter(0.1)]))

    soon(lambda: any((tmp_path / "spool").glob("*.cdr.json")))
