import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.domain import journal as kinds
from hotline.domain.journal import Entry
from hotline.store.base import to_epoch
from hotline.store.cdr import parse
from hotline.store.journal import append
from hotline.store.models import Call, CallRecord, RecordDifference, RejectedRecord
from hotline.store.reconcile import compare
from hotline.store.records import BadImportFile, ImportReport, import_file, receive

PAYLOADS = Path(__file__).parent / "payloads"
CALLER_LEG = (PAYLOADS / "cdr_caller_leg.json").read_bytes()
AGENT_LEG = (PAYLOADS / "cdr_agent_leg.json").read_bytes()
REFUSED = (PAYLOADS / "cdr_refused.json").read_bytes()
NOW = 1_795_490_500.0
LEG = parse(CALLER_LEG)


def post(database, content):
    return receive(database, content, source="http", now=NOW)


def count(database, model) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def rejected(database):
    with database.read() as session:
        return session.scalars(select(RejectedRecord).order_by(RejectedRecord.id)).all()


def differences(database) -> dict[str, tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(RecordDifference))
        return {row.field: (row.ours, row.theirs) for row in rows}


def leg(number: int, **variables) -> bytes:
    document = json.loads(CALLER_LEG)
    document["variables"].update({"uuid": f"leg-{number}", "hotline_interaction": f"i-{number}", **variables})
    return json.dumps(document).encode()


def test_a_posted_record_is_stored_with_its_source(database):
    assert post(database, CALLER_LEG) == ImportReport(added=1)

    with database.read() as session:
        row = session.scalars(select(CallRecord)).one()
    assert (row.leg_uuid, row.interaction_id, row.source) == (LEG.leg_uuid, LEG.interaction_id, "http")
    assert abs(row.started_at - LEG.started_at) < timedelta(milliseconds=1)
    assert row.raw["sip_network_ip"] == "127.0.0.1"


def test_the_same_record_again_changes_nothing(database):
    post(database, CALLER_LEG)

    assert post(database, CALLER_LEG) == ImportReport(known=1)
    assert count(database, CallRecord) == 1
    assert count(database, RejectedRecord) == 0


def test_another_record_of_a_leg_that_is_known_is_listed_and_the_first_stands(database):
    post(database, CALLER_LEG)

    assert post(database, CALLER_LEG.replace(b'"12366"', b'"12367"')) == ImportReport(rejected=1)
    (row,) = rejected(database)
    assert (row.reason, row.field) == ("conflict", "variables.uuid")
    with database.read() as session:
        assert session.scalars(select(CallRecord.called)).one() == "12366"


def test_a_broken_record_is_listed_once_with_reason_place_and_excerpt(database):
    broken = b'{"variables": {"uuid": "x",\x00\r\n "direction"'
    post(database, broken)
    post(database, broken)

    (row,) = rejected(database)
    assert (row.reason, row.source, row.position) == ("not_json", "http", 1)
    assert row.excerpt.startswith('{"variables": {"uuid": "x",···')
    assert row.detail


def test_a_file_of_lines_takes_the_good_ones_and_lists_the_bad_ones_by_line(database, tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(
        b"\n".join([leg(1), b"", b"broken", leg(2), leg(2), leg(3, start_uepoch="x"), leg(4)]) + b"\n"
    )
    seen = []

    report = import_file(database, path, now=NOW, progress=seen.append)

    assert report == ImportReport(added=3, known=1, rejected=2)
    assert seen[-1] == report
    assert [(row.position, row.reason) for row in rejected(database)] == [(3, "not_json"), (6, "bad_time")]
    assert import_file(database, path, now=NOW) == ImportReport(known=4, rejected=2)
    assert (count(database, CallRecord), count(database, RejectedRecord)) == (3, 2)


def test_a_line_that_is_far_too_long_does_not_hide_the_next_one(database, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_bytes(b'{"x": "' + b"y" * 3_000_000 + b'"}\n' + leg(1) + b"\n")

    assert import_file(database, path, now=NOW) == ImportReport(added=1, rejected=1)
    assert rejected(database)[0].reason == "too_large"


def test_more_records_than_one_batch_are_all_taken(database, tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(leg(n) for n in range(1203)))
    seen = []

    assert import_file(database, path, now=NOW, progress=seen.append).added == 1203
    assert len(seen) > 1
    assert count(database, CallRecord) == 1203


def test_a_json_file_is_one_record_and_other_kinds_of_file_are_refused(database, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(json.loads(CALLER_LEG), indent=2), "utf-8")
    assert import_file(database, path, now=NOW) == ImportReport(added=1)

    (tmp_path / "calls.csv").write_text("a,b")
    with pytest.raises(BadImportFile, match=r"\.json"):
        import_file(database, tmp_path / "calls.csv", now=NOW)


def our_call(**changes) -> Call:
    values = {
        "interaction_id": LEG.interaction_id,
        "channel_uuid": LEG.leg_uuid,
        "caller": LEG.caller,
        "called": LEG.called,
        "started_at": LEG.started_at,
        "answered_at": LEG.answered_at,
        "ended_at": LEG.ended_at,
        "connected_at": None,
        "talk_ms": None,
        "hangup_side": "system",
    }
    return Call(**{**values, **changes})


def record(parsed, **changes) -> CallRecord:
    fields = {name: getattr(replace(parsed, **changes), name) for name in parsed.__slots__}
    return CallRecord(**fields)


def fields(call, legs=(), **changes):
    return [difference.field for difference in compare(call, record(LEG, **changes), legs)]


def test_a_call_and_its_record_that_agree_have_no_differences():
    assert fields(our_call()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"caller": "other"}, "caller"),
        ({"called": "12345"}, "called"),
        ({"started_at": LEG.started_at - timedelta(seconds=3)}, "started_at"),
        ({"ended_at": LEG.ended_at + timedelta(seconds=2.1)}, "ended_at"),
        ({"answered_at": None}, "answered"),
        ({"hangup_side": "caller"}, "hangup_side"),
    ],
)
def test_each_value_that_differs_is_named(changes, field):
    assert fields(our_call(**changes)) == [field]


def test_times_may_be_two_seconds_apart():
    near = timedelta(seconds=1.9)

    assert fields(our_call(started_at=LEG.started_at - near, ended_at=LEG.ended_at + near)) == []


def test_the_talk_is_compared_with_all_answered_agent_legs_together():
    agent = parse(AGENT_LEG)
    legs = [
        record(agent, talk_ms=30_000),
        record(agent, talk_ms=29_000),
        record(agent, talk_ms=9_000, answered_at=None),
    ]

    assert fields(our_call(talk_ms=60_000, connected_at=LEG.started_at), legs) == []
    assert fields(our_call(talk_ms=62_000, connected_at=LEG.started_at), legs) == ["talk_ms"]


def test_a_caller_who_hangs_up_during_the_survey_contradicts_nothing():
    call = our_call(hangup_side="agent", connected_at=LEG.started_at)

    assert fields(call, hangup_disposition="recv_bye") == []


def tell(database, *, caller=LEG.caller, ended=True):
    """Our own account of the call, through the journal."""
    start, interaction = to_epoch(LEG.started_at), LEG.interaction_id
    entries = [
        Entry("a", start, kinds.CALL_STARTED, interaction,
              data={"channel": LEG.leg_uuid, "caller": caller, "called": "12366"}),
        Entry("b", start, kinds.CALL_ANSWERED, interaction),
    ]  # fmt: skip
    if ended:
        entries.append(
            Entry("c", start + 1, kinds.CALL_ENDED, interaction, data={"side": "system", "outcome": "served"})
        )
    database.write(lambda session: append(session, entries))


@pytest.mark.parametrize("record_first", [True, False])
def test_differences_are_flagged_as_soon_as_both_sides_are_there(database, record_first):
    if record_first:
        post(database, CALLER_LEG)
    else:
        tell(database, caller="someone else")
    assert differences(database) == {}

    if record_first:
        tell(database, caller="someone else")
    else:
        post(database, CALLER_LEG)

    assert differences(database) == {"caller": ("someone else", LEG.caller)}


def test_a_call_that_lasts_is_not_compared(database):
    tell(database, caller="someone else", ended=False)
    post(database, CALLER_LEG)

    assert differences(database) == {}


def test_a_difference_that_was_resolved_by_a_later_leg_is_gone(database):
    tell(database)
    post(database, CALLER_LEG)
    longer = json.loads(AGENT_LEG)
    longer["variables"]["billmsec"] = "60000"
    post(database, json.dumps(longer).encode())
    assert differences(database) == {"talk_ms": ("0", "60000")}

    database.write(lambda session: append(session, [
        Entry("d", to_epoch(LEG.started_at) + 0.5, kinds.CALL_CONNECTED, LEG.interaction_id, "8005"),
        Entry("e", to_epoch(LEG.started_at) + 0.9, kinds.CALL_DISCONNECTED, LEG.interaction_id, "8005",
              data={"talk_ms": 60000, "side": "agent"}),
    ]))  # fmt: skip

    assert differences(database) == {}


def test_a_leg_without_an_interaction_finds_its_call_by_the_channel(database):
    tell(database, caller="someone else")
    document = json.loads(CALLER_LEG)
    del document["variables"]["hotline_interaction"]

    post(database, json.dumps(document).encode())

    assert set(differences(database)) == {"caller"}
    with database.read() as session:
        assert session.scalars(select(CallRecord.interaction_id)).one() == LEG.interaction_id
