"""A call through a flow by clicking, on the real interpreter."""

import pytest

from hotline.store.queries.calendar import load_calendar
from ivr_prompts.texts import texts
from tests.webadmin.drafts import document, send, versions


class Telephone:
    """What the page does: it keeps the place that the last answer gave, and sends it back."""

    def __init__(self, browser, draft, **facts):
        self.browser, self.draft, self.facts = browser, draft, facts
        self.shown = {"state": "", "scene": {"kind": ""}}
        self.go()

    def go(self, **happened):
        body = {"document": self.draft, "facts": self.facts, "state": self.shown["state"], **happened}
        answer = send(self.browser, "/flows/main/simulate", kind=self.shown["scene"]["kind"], **body)
        assert answer.status_code == 200, answer.json
        self.shown = answer.json
        return self

    @property
    def heard(self):
        return [item["prompt"] for item in self.shown["scene"]["heard"]]

    @property
    def node(self):
        return self.shown["node"]

    @property
    def kind(self):
        return self.shown["scene"]["kind"]


@pytest.fixture
def call(lead, database):
    return lambda **facts: Telephone(lead, document(database), **facts)


def test_a_call_is_tried_from_the_welcome_to_the_survey(call):
    phone = call(hours="open")
    assert phone.heard == ["welcome", "recording_notice"]
    assert phone.go(answer="played").node == "menu"
    assert phone.go(digits="1").kind == "queue"
    phone.go(answer="served").go(digits="1").go(answer="played")
    assert phone.go(answer="played").kind == "end"
    assert phone.shown["data"]["survey"] == "1"


def test_each_step_says_by_which_ways_the_call_went(call):
    phone = call(hours="open").go(answer="played")
    assert phone.shown["moves"] == [
        {"node": "welcome", "outcome": "played"},
        {"node": "hours", "outcome": "open"},
    ]


def test_three_wrong_keys_lead_on_as_in_a_real_call(call):
    phone = call(hours="open").go(answer="played")
    for _ in range(3):
        phone.go(digits="7")
    assert phone.heard == ["wrong_key"]
    assert phone.go(answer="played").node == "to_operator"


def test_digits_are_pressed_one_after_the_other_up_to_the_hash(call):
    phone = call(hours="open").go(answer="played").go(digits="4")
    assert phone.kind == "digits"
    assert phone.go(digits="1001#").heard == ["info_1001", "info_again"]


@pytest.mark.parametrize(
    ("hours", "node"), [("closed", "closed"), ("holiday", "closed"), ("emergency", "emergency")]
)
def test_the_hour_of_the_call_is_chosen(call, hours, node):
    assert call(hours=hours).go(answer="played").node == node


@pytest.mark.parametrize(("at", "node"), [("2025-11-24T10:00", "menu"), ("2025-11-24T20:00", "closed")])
def test_a_call_at_a_time_is_open_or_closed_by_the_calendar(call, database, at, node):
    with database.read() as session:
        assert load_calendar(session)
    assert call(hours="calendar", at=at).go(answer="played").node == node


def test_data_that_others_attached_is_spoken(call):
    phone = call(hours="open", data={"balance": "12.50"})
    phone.draft["nodes"]["welcome"]["prompts"] = [{"say": "money", "data": "balance"}]
    phone.shown["state"] = ""
    assert "12.50" in phone.go().shown["scene"]["heard"][0]["text"]


def test_what_is_not_saved_is_what_is_tried(call, database):
    phone = call(hours="open")
    phone.draft["nodes"]["menu"]["choices"]["8"] = "info"
    assert phone.go(answer="played").go(digits="8").node == "info"
    assert len(versions(database)) == 1


@pytest.mark.parametrize("happened", [{"state": "1.stolen"}, {"answer": "recorded"}, {"answer": "nothing"}])
def test_what_does_not_go_on_from_there_is_refused(call, happened):
    phone = call(hours="open")
    body = {"document": phone.draft, "facts": {}, "state": phone.shown["state"], "kind": "play", **happened}
    assert send(phone.browser, "/flows/main/simulate", **body).status_code == 409


def test_a_draft_that_leads_nowhere_says_so(call):
    phone = call(hours="open")
    phone.draft["nodes"]["welcome"]["next"] = ""
    body = {
        "document": phone.draft,
        "facts": {},
        "state": phone.shown["state"],
        "kind": "play",
        "answer": "played",
    }
    answer = send(phone.browser, "/flows/main/simulate", **body)
    assert answer.status_code == 422
    assert "没有去向" in answer.json["title"]


@pytest.mark.parametrize("facts", [{"hours": "noon"}, {"at": "yesterday"}, {"data": [1]}])
def test_facts_that_are_none_are_refused(call, facts):
    phone = call(hours="open")
    answer = send(phone.browser, "/flows/main/simulate", document=phone.draft, facts=facts)
    assert answer.status_code == 400


def test_a_prompt_is_shown_with_its_words(call):
    (first, _) = call(hours="open").shown["scene"]["heard"]
    assert first["text"] == texts("zh")["welcome"]
