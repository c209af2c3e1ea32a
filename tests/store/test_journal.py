import random
import threading

import pytest
from sqlalchemy import func, select

from hotline.domain import journal as kinds
from hotline.domain.journal import Entry
from hotline.store.base import from_epoch
from hotline.store.journal import append
from hotline.store.models import AgentPresence, Call, JournalEntry, Recording, VoiceMessage
from hotline.store.queries.calls import missed_today

T0 = 1_800_000_000.0
CALL = "6f1f1f9e-0c0a-4c57-9a3c-2b7f3a5b8c11"


class Story:
    """Entries one after the other, as a handler writes them."""

    def __init__(self, interaction: str | None = CALL) -> None:
        self.interaction = interaction
        self.entries: list[Entry] = []

    def at(self, seconds, kind, agent=None, queue=None, **data):
        name = f"{self.interaction}-{len(self.entries)}"[-40:]
        self.entries.append(Entry(name, T0 + seconds, kind, self.interaction, agent, queue, data))
        return self


def served_call() -> list[Entry]:
    story = Story()
    story.at(
        0,
        kinds.CALL_STARTED,
        channel="chan-1",
        caller="051253500001",
        caller_name="张三",
        called="12366",
        flow="main",
        version=3,
        direction="inbound",
    )
    story.at(0.05, kinds.CALL_ANSWERED)
    story.at(4, kinds.IVR_COLLECTED, node="menu", digits="1", outcome="digits")
    story.at(5, kinds.CALL_QUEUED, queue="policy", priority=2, position=1)
    story.at(5.01, kinds.ROUTING_DECIDED, queue="policy", chosen="8005")
    story.at(5.02, kinds.OFFER_MADE, agent="8005", queue="policy", offer_id="o1", extension="1005")
    story.at(25, kinds.OFFER_ENDED, agent="8005", offer_id="o1", outcome="no_answer", ring_ms=20000)
    story.at(25.1, kinds.OFFER_MADE, agent="8008", queue="policy", offer_id="o2", extension="1008")
    story.at(27.5, kinds.CALL_DEQUEUED, queue="policy", outcome="served", wait_ms=22500)
    story.at(27.5, kinds.CALL_CONNECTED, agent="8008", queue="policy", extension="1008", wait_ms=22500)
    story.at(
        27.6,
        kinds.RECORDING_STARTED,
        agent="8008",
        path="2027/a.wav",
        caller="051253500001",
        called="12366",
        extension="1008",
    )
    story.at(40, kinds.CALL_HELD, agent="8008")
    story.at(45, kinds.CALL_RETRIEVED, agent="8008", held_ms=5000)
    story.at(50, kinds.CALL_DATA, values={"tax_id": "91320585", "topic": "发票"})
    story.at(87.5, kinds.CALL_DISCONNECTED, agent="8008", side="agent", talk_ms=60000)
    story.at(87.6, kinds.RECORDING_ENDED, path="2027/a.wav", duration_ms=60000)
    story.at(92, kinds.SURVEY_MARKED, mark=1)
    story.at(94, kinds.CALL_ENDED, side="caller", cause="NORMAL_CLEARING", outcome="served")
    return story.entries


def write(database, entries):
    return database.write(lambda session: append(session, entries))


def one_call(database, interaction=CALL):
    with database.read() as session:
        return session.get(Call, interaction)


def picture(row):
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def test_a_served_call_has_its_times_people_and_mark(database):
    write(database, served_call())

    call = one_call(database)
    assert (call.caller, call.caller_name, call.called) == ("051253500001", "张三", "12366")
    assert (call.channel_uuid, call.flow_code, call.flow_version) == ("chan-1", "main", 3)
    assert (call.queue_code, call.agent_number, call.extension, call.priority) == (
        "policy",
        "8008",
        "1008",
        2,
    )
    assert (call.wait_ms, call.talk_ms, call.hold_ms, call.holds, call.offers) == (22500, 60000, 5000, 1, 2)
    assert call.connected_at == from_epoch(T0 + 27.5)
    assert call.talk_ended_at == from_epoch(T0 + 87.5)
    assert call.ended_at == from_epoch(T0 + 94)
    assert (call.mark, call.outcome, call.hangup_cause) == (1, "served", "NORMAL_CLEARING")
    assert call.hangup_side == "agent", "who ended the talk, not who was last on the line"
    assert call.data == {"tax_id": "91320585", "topic": "发票"}
    with database.read() as session:
        recording = session.scalars(select(Recording)).one()
    assert (recording.interaction_id, recording.path, recording.duration_ms) == (CALL, "2027/a.wav", 60000)
    assert (recording.caller, recording.extension, recording.agent_number) == ("051253500001", "1008", "8008")


def test_writing_the_same_batch_again_changes_nothing(database):
    entries = served_call()

    assert write(database, entries) == len(entries)
    before = picture(one_call(database))
    assert write(database, entries) == 0
    assert write(database, entries[3:9]) == 0

    assert picture(one_call(database)) == before
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == len(entries)


def test_an_entry_that_comes_twice_in_one_batch_is_written_once(database):
    entries = served_call()

    assert write(database, entries + entries) == len(entries)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_and_the_batches_in_which_entries_arrive_make_no_difference(database, make_database, seed):
    write(database, served_call())
    expected = picture(one_call(database))
    database.write(
        lambda session: [
            session.delete(row)
            for model in (Call, JournalEntry, Recording)
            for row in session.scalars(select(model))
        ]
    )
    entries = served_call()
    shuffle = random.Random(seed)
    shuffle.shuffle(entries)

    while entries:
        size = shuffle.randint(1, 6)
        batch, entries = entries[:size], entries[size:]
        write(database, batch)

    assert picture(one_call(database)) == expected
    with database.read() as session:
        assert session.scalars(select(Recording)).one().duration_ms == 60000


def test_a_caller_who_gives_up_in_the_queue_is_abandoned_after_a_wait(database):
    story = Story()
    story.at(0, kinds.CALL_STARTED, channel="c", caller="1", called="12366")
    story.at(5, kinds.CALL_QUEUED, queue="policy", position=4)
    story.at(35, kinds.CALL_ENDED, side="caller", cause="ORIGINATOR_CANCEL", outcome="abandoned")

    write(database, story.entries)

    call = one_call(database)
    assert (call.outcome, call.wait_ms, call.talk_ms, call.agent_number) == ("abandoned", 30000, None, None)
    assert call.hangup_side == "caller"


def test_a_talk_whose_end_nobody_told_ends_with_the_call(database):
    story = Story()
    story.at(0, kinds.CALL_STARTED, channel="c", caller="1", called="12366")
    story.at(10, kinds.CALL_CONNECTED, agent="8001", extension="1001", wait_ms=0)
    story.at(70, kinds.CALL_ENDED, side="caller", outcome="served")

    write(database, story.entries)

    assert one_call(database).talk_ms == 60000


def test_the_wait_of_a_caller_whose_handler_died_before_the_talk_ends_with_the_talk(database):
    story = Story()
    story.at(5, kinds.CALL_QUEUED, queue="policy")
    story.at(12, kinds.CALL_CONNECTED, agent="8001", extension="1001")
    story.at(70, kinds.CALL_ENDED, side="caller", outcome="served")

    write(database, story.entries)

    assert one_call(database).wait_ms == 7000


def test_a_talk_that_is_ended_twice_counts_once(database):
    story = Story()
    story.at(0, kinds.CALL_STARTED, channel="c", caller="1", called="12366")
    story.at(10, kinds.CALL_CONNECTED, agent="8001", extension="1001", wait_ms=0)
    story.at(70, kinds.CALL_ENDED, side="caller", outcome="served")
    story.at(70.2, kinds.CALL_DISCONNECTED, agent="8001", side="caller")

    write(database, story.entries)

    call = one_call(database)
    assert (call.talk_ms, call.talk_ended_at) == (60000, from_epoch(T0 + 70))


def test_entries_of_a_call_whose_beginning_is_missing_are_kept_on_a_call_of_their_own(database):
    write(database, Story().at(5, kinds.CALL_QUEUED, queue="systems").entries)

    call = one_call(database)
    assert (call.queue_code, call.caller, call.outcome) == ("systems", "", "open")
    assert call.started_at == from_epoch(T0 + 5)


def test_a_voice_message_is_listed_with_its_box(database):
    story = Story().at(0, kinds.CALL_STARTED, channel="c", caller="1", called="12366")
    story.at(30, kinds.VOICEMAIL_LEFT, path="vm/x.wav", duration_ms=12000, box="policy", caller="1")

    write(database, story.entries)

    with database.read() as session:
        message = session.scalars(select(VoiceMessage)).one()
    assert (message.path, message.box, message.duration_ms) == ("vm/x.wav", "policy", 12000)
    assert message.left_at == from_epoch(T0 + 30)


def presence(database, number="8001"):
    with database.read() as session:
        return session.get(AgentPresence, number)


def test_an_agents_last_state_is_kept_with_the_time_of_signing_in(database):
    story = Story(None)
    story.at(0, kinds.AGENT_STATE, agent="8001", **{"from": "signed_out", "to": "idle", "reason": ""})
    story.at(60, kinds.AGENT_STATE, agent="8001", **{"from": "idle", "to": "busy", "reason": "lunch"})

    write(database, story.entries)

    row = presence(database)
    assert (row.state, row.reason) == ("busy", "lunch")
    assert (row.since, row.signed_in_at) == (from_epoch(T0 + 60), from_epoch(T0))


def test_signing_out_forgets_when_the_agent_signed_in(database):
    story = Story(None)
    story.at(0, kinds.AGENT_STATE, agent="8001", to="idle")
    story.at(60, kinds.AGENT_STATE, agent="8001", to="signed_out")

    write(database, story.entries)

    assert (presence(database).state, presence(database).signed_in_at) == ("signed_out", None)


def test_what_an_agent_has_worked_since_signing_in_is_kept(database):
    story = Story(None)
    story.at(0, kinds.AGENT_STATE, agent="8001", to="idle")
    story.at(10, kinds.AGENT_STATE, agent="8001", to="ringing")
    story.at(15, kinds.AGENT_STATE, agent="8001", to="talking")
    story.at(75, kinds.AGENT_STATE, agent="8001", to="wrap_up")
    write(database, story.entries)
    assert presence(database).work_ms == 60_000

    story.at(95, kinds.AGENT_STATE, agent="8001", to="idle")
    write(database, story.entries)
    assert presence(database).work_ms == 80_000

    story.at(200, kinds.AGENT_STATE, agent="8001", to="signed_out")
    story.at(300, kinds.AGENT_STATE, agent="8001", to="idle")
    write(database, story.entries)
    assert presence(database).work_ms == 0


def test_a_state_that_arrives_late_does_not_replace_a_newer_one(database):
    early = Story(None).at(0, kinds.AGENT_STATE, agent="8001", to="idle").entries
    late = Story("b").at(90, kinds.AGENT_STATE, agent="8001", to="talking").entries

    write(database, late)
    write(database, early)

    assert presence(database).state == "talking"


def test_offers_that_agents_did_not_take_are_counted_for_the_day(database):
    story = Story()
    for n, (agent, outcome) in enumerate(
        [
            ("8001", "no_answer"),
            ("8001", "refused"),
            ("8001", "answered"),
            ("8001", "failed"),
            ("8002", "busy"),
        ]
    ):
        story.at(n * 10, kinds.OFFER_ENDED, agent=agent, offer_id=f"o-{n}", outcome=outcome)

    write(database, story.entries)

    with database.read() as session:
        assert missed_today(session, T0) == {"8001": 2, "8002": 1}
        assert missed_today(session, T0 + 5) == {"8001": 1, "8002": 1}


def test_nothing_that_a_caller_sends_can_break_the_batch(database):
    hostile = "Robert'); DROP TABLE calls;--\r\n\x00" + "长" * 10_000
    story = Story().at(
        0,
        kinds.CALL_STARTED,
        channel="c",
        caller=hostile,
        caller_name=hostile,
        called=hostile,
        flow=None,
        version="x",
    )
    story.at(1, kinds.SURVEY_MARKED, mark="very good")
    story.at(2, kinds.CALL_ENDED, side=None, outcome=None, cause=hostile)

    write(database, story.entries)

    call = one_call(database)
    assert call.caller.startswith("Robert'); DROP TABLE calls;--")
    assert len(call.caller) == 64
    assert (call.mark, call.outcome) == (None, "failed")


def test_the_journal_keeps_milliseconds(database):
    write(database, Story().at(0.123, kinds.CALL_ANSWERED).entries)

    with database.read() as session:
        assert session.scalars(select(JournalEntry.at)).one() == from_epoch(T0 + 0.123)


def test_two_processes_with_the_same_and_different_entries_of_one_call_lose_none(database):
    entries = served_call()
    mine, theirs = entries[::2] + entries[:4], entries[1::2] + entries[:4]
    together = threading.Barrier(2)

    def bring_in(part):
        for entry in part:
            database.write(lambda session, entry=entry: append(session, [entry]), races=3)

    def start(part):
        together.wait(10)
        bring_in(part)

    threads = [threading.Thread(target=start, args=(part,)) for part in (mine, theirs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    call = one_call(database)
    assert (call.holds, call.hold_ms, call.offers, call.talk_ms, call.mark) == (1, 5000, 2, 60000, 1)
    assert (call.outcome, call.caller) == ("served", "051253500001")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == len(entries)
