"""What the visual editor asks of the server: cards, forms, the check, places, saving, files."""

import re

import pytest

from hotline.domain.ivr.demo import demo_flow
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.store.base import from_epoch
from hotline.store.queries.prompts import note_prompt
from tests.webadmin import cast
from tests.webadmin.drafts import audited, document, published, save, send, versions
from webadmin.flows import forms

EDITOR = "/flows/main/editor"


def check(browser, draft):
    return send(browser, f"{EDITOR}/check", document=draft).json


def fields_of(page):
    """The fields of a node's form, as a browser sends them."""
    sent: dict[str, list[str]] = {}
    for tag in re.finditer(r"<input ([^>]*)>|<select ([^>]*)>(.*?)</select>", page, re.S):
        attributes, select_attributes, options = tag.groups()
        name = re.search(r'name="([^"]+)"', attributes or select_attributes)
        if name is None or name.group(1) == "id":
            continue
        if options is not None:
            chosen = re.search(r'<option value="([^"]*)" selected|<option selected>([^<]*)', options)
            value = next(filter(None, chosen.groups()), "") if chosen else ""
        elif 'type="checkbox"' in attributes:
            if "checked" not in attributes:
                continue
            value = "on"
        else:
            value = (re.search(r'value="([^"]*)"', attributes) or [None, ""])[1]
        sent.setdefault(name.group(1), []).append(value)
    return sent


def read_back(browser, draft, node):
    """The node after its form was shown and sent as it is."""
    page = send(browser, f"{EDITOR}/form", document=draft, node=node).text
    return browser.post(f"{EDITOR}/node/{draft['nodes'][node]['type']}", fields_of(page)).json


# --- loading


def test_a_flow_is_loaded_with_a_card_and_a_place_for_each_node(lead, database):
    loaded = lead.get(f"{EDITOR}/document").json
    assert loaded["document"] == document(database)
    assert list(loaded["cards"]) == list(demo_flow().nodes)
    assert set(loaded["places"]) == set(loaded["cards"])
    assert (loaded["version"], loaded["newest"], loaded["problems"]) == (1, 1, [])
    menu = loaded["cards"]["menu"]
    assert menu["title"] == "主菜单"
    assert menu["type_name"] == "按键菜单"
    assert [way["label"] for way in menu["ways"]] == [*"123489", "0", "*", "+", "多次失败后"]


def test_the_palette_offers_every_node_type_there_is(lead):
    groups = lead.get(f"{EDITOR}/document").json["palette"]
    offered = [one["type"] for group in groups for one in group["types"]]
    assert sorted(offered) == sorted(NODE_TYPES)


def test_a_way_says_where_in_the_document_its_target_is_written(lead, database):
    loaded = lead.get(f"{EDITOR}/document").json
    for node, card in loaded["cards"].items():
        for way in card["ways"]:
            value = loaded["document"]["nodes"][node]
            for key in way["path"][:-1]:
                value = value[int(key)] if isinstance(value, list) else value[key]
            if not way["spare"]:
                assert value[way["path"][-1]] == way["target"]


def test_a_flow_that_nobody_has_placed_is_laid_out_without_cards_on_each_other(lead):
    loaded = lead.get(f"{EDITOR}/document").json
    boxes = [
        (place["x"], place["y"], place["x"] + loaded["width"], place["y"] + loaded["cards"][node]["height"])
        for node, place in loaded["places"].items()
    ]
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_where_people_put_cards_they_stay_until_they_are_arranged(lead, database):
    placed = {node: {"ui": {"x": 1000 - at, "y": at}} for at, node in enumerate(demo_flow().nodes)}
    save(lead, database, **placed)
    loaded = lead.get(f"{EDITOR}/document").json
    assert loaded["places"]["welcome"] == {"x": 1000, "y": 0}
    arranged = send(lead, f"{EDITOR}/layout", document=loaded["document"]).json["places"]
    assert arranged["welcome"]["x"] == 0


# --- the check


def test_problems_are_told_with_node_field_and_words(lead, database):
    draft = document(database, welcome={"next": ""}, menu={"choices": {"1": "gone", "2": ""}})
    problems = check(lead, draft)["problems"]
    (told,) = [one for one in problems if (one["node"], one["field"]) == ("menu", "choices.1")]
    assert told["where"] == "按键 1"
    assert told["text"].startswith("指向的 gone 不是该流程的节点")
    assert {("welcome", "next"), ("menu", "choices.2")} <= {(one["node"], one["field"]) for one in problems}


def test_a_way_that_was_drawn_from_the_plus_is_a_key_of_the_menu(lead, database):
    menu = check(lead, document(database))["cards"]["menu"]
    (spare,) = [way for way in menu["ways"] if way["spare"]]
    assert spare["path"] == ["choices", "5"]


def test_a_draft_with_fields_that_cannot_be_read_is_still_drawn(lead, database):
    draft = document(database, menu={"attempts": "three"}, odd={"type": "dance"}, more=None)
    answer = check(lead, draft)
    assert answer["cards"]["menu"]["ways"]
    assert answer["cards"]["odd"]["ways"] == []
    assert {("menu", "attempts"), ("odd", "type")} <= {
        (one["node"], one["field"]) for one in answer["problems"]
    }


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"document": 1}', b'{"document": {"x": NaN}}', b"[" * 100_000]
)
def test_what_is_no_document_is_refused(lead, body):
    headers = {"X-CSRFToken": lead.csrf(), "Accept": "application/json"}
    assert lead.client.post(f"{EDITOR}/check", data=body, headers=headers).status_code == 400


def test_without_the_token_of_the_page_nothing_is_saved(lead, database):
    body = {"document": document(database), "base": 1}
    assert lead.client.post(f"{EDITOR}/save", json=body).status_code == 400
    assert len(versions(database)) == 1


# --- forms


@pytest.mark.parametrize("node", sorted(demo_flow().nodes))
def test_every_node_has_a_form_that_reads_back_what_it_shows(lead, database, node):
    draft = document(database)
    assert read_back(lead, draft, node) == draft["nodes"][node]


@pytest.mark.parametrize("type_code", sorted(NODE_TYPES))
def test_every_node_type_has_a_form_and_begins_with_what_it_shows(lead, database, type_code):
    blank = forms.blank(type_code)
    assert read_back(lead, document(database, fresh=blank), "fresh") == blank


def test_a_key_that_leads_nowhere_yet_is_kept(lead, database):
    draft = document(database, menu={"choices": {"7": "", "1": "policy"}})
    assert read_back(lead, draft, "menu")["choices"] == {"1": "policy", "7": ""}


def test_a_number_that_is_none_stays_as_it_was_typed_and_is_told(lead, database):
    draft = document(database, menu={"attempts": "three"})
    assert read_back(lead, draft, "menu")["attempts"] == "three"
    assert "应为整数" in str(check(lead, draft)["problems"])


def test_a_form_offers_every_sentence_and_no_word_of_spoken_numbers(lead, database, home):
    (home / "prompts" / "zh" / "info_1004.wav").touch()
    at = from_epoch(cast.NOW)
    noted = {
        "text": "发票指南。",
        "source": "uploaded",
        "duration_ms": 1000,
        "sha256": "",
        "by": "8001",
        "at": at,
    }
    database.write(lambda session: note_prompt(session, "zh", "info_1004", **noted))
    page = send(lead, f"{EDITOR}/form", document=document(database), node="menu").text
    row = page.split('name="f-prompts"')[1].split("</select>")[0]
    offered = set(re.findall(r'<option value="(\w+)"', row))
    assert {"closed", "goodbye", "info_1004"} <= offered
    assert offered.isdisjoint({"wan", "qian", "d1"})
    assert "发票指南。" in page


def test_there_is_no_form_of_a_node_that_is_not_there(lead, database):
    answer = send(lead, f"{EDITOR}/form", document=document(database), node="gone")
    assert answer.status_code == 404
    assert lead.post(f"{EDITOR}/node/dance", {}).status_code == 404


# --- saving


def test_saving_makes_a_draft_and_callers_keep_what_they_have(lead, database, bus):
    answer = save(
        lead, database, comment="更长", menu={"timeout_s": 9, "ui": {"title": "主菜单", "x": 10, "y": 20}}
    )
    assert answer.json == {"version": 2}
    draft = versions(database)[-1]
    assert (draft.number, draft.created_by, draft.published_at, draft.comment) == (2, "8001", None, "更长")
    assert draft.content["nodes"]["menu"]["timeout_s"] == 9
    assert draft.content["nodes"]["menu"]["ui"] == {"title": "主菜单", "x": 10, "y": 20}
    assert draft.content["version"] == 2
    assert published(database) == 1
    assert bus.asked == []
    assert [entry.detail["version"] for entry in audited(database, "flow.save")] == [2]


def test_a_draft_with_problems_is_saved_and_one_without_the_shape_of_a_flow_is_not(lead, database):
    assert save(lead, database, welcome={"next": ""}).status_code == 200
    answer = save(lead, database, base=2, menu={"attempts": "three"})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["problems"]] == ["attempts"]
    assert len(versions(database)) == 2


def test_who_saves_on_an_old_version_is_told_who_was_first_and_loses_nothing(lead, database, browse):
    save(browse("root"), database, menu={"timeout_s": 7})
    answer = save(lead, database, base=1, menu={"timeout_s": 9})
    assert answer.status_code == 409
    assert (answer.json["newest"], answer.json["by"]) == (2, "root")
    assert "root" in answer.json["title"]
    assert len(versions(database)) == 2
    assert save(lead, database, base=2, menu={"timeout_s": 9}).status_code == 200
    assert versions(database)[-1].content["nodes"]["menu"]["timeout_s"] == 9


def test_who_may_only_look_at_flows_can_try_but_not_save(browse, flow, database):
    def demote(session):
        from sqlalchemy import select

        from hotline.store.models import Role

        role = session.scalar(select(Role).where(Role.code == "lead"))
        role.permissions = [right for right in role.permissions if right != "flows.edit"]

    database.write(demote)
    browser = browse("8001")
    assert browser.get(f"{EDITOR}/document").status_code == 200
    assert '"editable": false' in browser.get("/flows/main/").text
    assert save(browser, database).status_code == 403
    assert send(browser, f"{EDITOR}/check", document=document(database)).status_code == 200


def test_another_organisation_does_not_reach_the_editor(browse, flow, database):
    browser = browse("9001")
    assert browser.get(f"{EDITOR}/document").status_code == 404
    assert save(browser, database).status_code == 404


# --- files


def test_a_file_that_was_exported_is_put_on_the_canvas_and_nothing_is_saved(lead, database):
    file = lead.get("/flows/main/export/1.json").text
    answer = send(lead, f"{EDITOR}/import", text="\ufeff" + file)
    assert answer.json["document"]["nodes"] == document(database)["nodes"]
    assert len(versions(database)) == 1


def test_a_mistake_in_a_file_is_told_with_its_line(lead):
    answer = send(lead, f"{EDITOR}/import", text='{\n"name" "x"}')
    assert answer.status_code == 422
    assert answer.json["mistakes"][0]["line"] == 2
