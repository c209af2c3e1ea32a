"""Plain transfers, past the queues."""

import pytest

from fs_scripts.calls.phone_io import PhoneIO
from hotline.domain.ivr.commands import Transfer
from tests.fs_scripts.fakes.call import Bridge


def transfer(centre, kind: str, target: str, disposition: str, **variables: str):
    call = centre.call(bridges=[Bridge(disposition)], **variables)
    phone = PhoneIO(call.channel, centre.deps.speaker, centre.clock)
    return call, phone.transfer(Transfer(kind, target, 25)).outcome


@pytest.mark.parametrize(
    ("disposition", "outcome"),
    [
        ("NO_ANSWER", "no_answer"),
        ("NO_USER_RESPONSE", "no_answer"),
        ("USER_BUSY", "busy"),
        ("USER_NOT_REGISTERED", "failed"),
    ],
)
def test_a_transfer_that_comes_to_nothing_says_why(centre, disposition, outcome):
    assert transfer(centre, "extension", "1001", disposition)[1] == outcome


def test_a_transfer_that_was_answered_is_connected(centre):
    call, outcome = transfer(centre, "extension", "1001", "SUCCESS", bridge_uuid="other", hotline_leg="other")
    assert outcome == "connected"
    assert dict(call.executed)["bridge"].startswith("[leg_timeout=25]")


def test_a_number_outside_is_reached_through_the_trunk(centre):
    call, _ = transfer(centre, "outside", "02112366", "NO_ANSWER")
    assert dict(call.executed)["bridge"].endswith("sofia/gateway/carrier/02112366")
