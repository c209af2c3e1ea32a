"""Queues and skills in the console."""

import pytest
from sqlalchemy import select

from hotline.domain.acd.spec import OverflowRule, RelaxStep, SkillNeed, Strategy
from hotline.live.messages import ReloadConfiguration
from hotline.store.models import AuditEntry, Queue, Skill
from hotline.store.queries import queues as store
from ivr_prompts.texts import texts

VALUES = {
    "name": "政策",
    "active": "y",
    "strategy": "longest_idle",
    "reserved_agents": "0",
    "ring_seconds": "15",
    "misses_until_busy": "2",
    "no_answer_delay_seconds": "0",
    "busy_delay_seconds": "5",
    "refused_delay_seconds": "0",
    "wrap_up_seconds": "5",
    "wrap_up_extensions": "1",
    "wrap_up_extension_seconds": "30",
    "max_wait_seconds": "300",
    "no_agents_seconds": "60",
    "ageing_seconds": "60",
    "announce_seconds": "30",
    "service_level_seconds": "20",
    "last_agent_minutes": "60",
    "last_agent_seconds": "15",
    "return_minutes": "10",
    "return_to": "place",
    "max_waiting": "0",
    "max_expected_wait_seconds": "0",
    "closing": "serve",
    "closing_prompt": "",
    "callback_attempts": "3",
    "callback_retry_seconds": "600",
    "callback_expiry_seconds": "28800",
    "needs-0-skill": "policy",
    "needs-0-min_level": "5",
    "needs-0-weight": "1",
}
STEP = {
    "relaxation-4-after_seconds": "60",
    "relaxation-4-needs-0-skill": "policy",
    "relaxation-4-needs-0-min_level": "2",
    "relaxation-4-needs-0-weight": "1",
}
RULE = {
    "overflow-2-when": "position",
    "overflow-2-limit": "5",
    "overflow-2-action": "queue",
    "overflow-2-target-queue": "systems",
    "overflow-2-target-outside": "",
    "overflow-2-target-prompt": "",
}


@pytest.fixture
def lead(browse):
    return browse("8001")


@pytest.fixture
def prompts(home):
    folder = home / "prompts" / "zh"
    folder.mkdir(parents=True)
    for prompt in texts("zh"):
        (folder / f"{prompt}.wav").touch()


def details(database, code="policy"):
    with database.read() as session:
        row = session.scalars(select(Queue).where(Queue.code == code)).one_or_none()
        return store.queue_details(row) if row else None


def test_a_queue_is_saved_with_its_skills_steps_and_rules(lead, database, bus):
    more = {"needs-7-skill": "systems", "needs-7-min_level": "3", "needs-7-weight": "2"}
    answer = lead.post("/queues/policy/edit", VALUES | STEP | RULE | more)
    assert answer.status_code == 302, answer.text
    spec = details(database).spec
    assert spec.needs == (SkillNeed("policy", 5), SkillNeed("systems", 3, 2))
    assert spec.relaxation == (RelaxStep(60, (SkillNeed("policy", 2),)),)
    assert spec.overflow == (OverflowRule("position", 5, "queue", "systems"),)
    assert (spec.name, spec.wrap_up_extension_seconds, spec.last_agent_minutes) == ("政策", 30, 60)
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("queues",))]
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "queue.update")).one()
    assert entry.detail["ring_seconds"] == [20, 15]
    assert "active" not in entry.detail


def test_the_form_shows_what_was_saved(lead):
    lead.post("/queues/policy/edit", VALUES | STEP | RULE)
    page = lead.get("/queues/policy/edit").text
    assert 'name="relaxation-0-after_seconds" value="60"' in page
    assert 'name="overflow-0-limit" value="5"' in page
    assert '<option value="systems" selected>系统队列</option>' in page


def test_calls_are_shared_out_among_groups(lead, database):
    shares = {"mix-0-group": "policy", "mix-0-percent": "70", "mix-1-group": "systems", "mix-1-percent": "30"}
    wrong = lead.post(
        "/queues/policy/edit", VALUES | shares | {"strategy": "percentage", "mix-1-percent": "20"}
    )
    assert wrong.status_code == 422
    assert "各组比例合计为 90%，须等于 100%" in wrong.text
    assert lead.post("/queues/policy/edit", VALUES | shares | {"strategy": "percentage"}).status_code == 302
    spec = details(database).spec
    assert (spec.strategy, spec.mix) == (Strategy.PERCENTAGE, {"policy": 70, "systems": 30})


def test_a_new_queue_is_made_in_the_own_organisation(lead, database):
    new = VALUES | {"code": "vip", "organisation": "taicang", "name": "贵宾"}
    assert lead.post("/queues/new", new | {"organisation": "kunshan"}).status_code == 422
    assert details(database, "vip") is None
    assert lead.post("/queues/new", new).status_code == 302
    assert details(database, "vip").organisation == "taicang"
    taken = lead.post("/queues/new", new)
    assert taken.status_code == 422
    assert "该值已被使用" in taken.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ring_seconds": "1"}, "5 到 120 之间的整数"),
        ({"name": ""}, "请填写"),
        ({"needs-0-skill": "", "needs-0-min_level": "1"}, "没有技能"),
        ({"needs-0-min_level": "ten"}, "请填写整数"),
        (STEP | {"relaxation-4-after_seconds": ""}, "请填写整数"),
        (STEP | {"relaxation-4-needs-0-min_level": "6"}, "不能更高"),
        (STEP | {"relaxation-4-needs-0-skill": "systems"}, "不能更高"),
        (RULE | {"overflow-2-target-queue": "policy"}, "不能溢出到自身"),
        (RULE | {"overflow-2-limit": "0"}, "1 到 9999 之间"),
        (RULE | {"overflow-2-action": "outside"}, "3 至 20 位"),
        (RULE | {"overflow-2-action": "prompt"}, "请选择来电人听到的提示音"),
        ({"closing": "prompt"}, "请选择来电人听到的提示音"),
        ({"wrap_up_extension_seconds": "0"}, "相邻的设置不起作用"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(lead, database, changed, said):
    before = details(database)
    answer = lead.post("/queues/policy/edit", VALUES | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "is-invalid" in answer.text
    assert details(database) == before


def test_without_any_skill_nobody_could_serve(lead):
    none = {name: value for name, value in VALUES.items() if not name.startswith("needs")}
    answer = lead.post("/queues/policy/edit", none)
    assert answer.status_code == 422
    assert "请至少指定一项技能" in answer.text


def test_a_prompt_that_has_audio_may_be_heard_at_closing_time(lead, database, prompts):
    assert (
        lead.post(
            "/queues/policy/edit", VALUES | {"closing": "prompt", "closing_prompt": "closed"}
        ).status_code
        == 302
    )
    assert details(database).closing_prompt == "closed"


def test_two_queues_cannot_overflow_to_each_other(lead):
    lead.post("/queues/policy/edit", VALUES | RULE)
    back = VALUES | RULE | {"overflow-2-target-queue": "policy", "needs-0-skill": "systems"}
    answer = lead.post("/queues/systems/edit", back)
    assert answer.status_code == 422
    assert "又会溢出回本队列" in answer.text


def test_the_preview_says_who_can_serve_by_step(lead):
    page = lead.post("/queues/preview", VALUES | STEP).text
    assert "一开始" in page
    assert "60 秒后" in page
    assert "8018 李强" in page
    nobody = lead.post("/queues/preview", VALUES | {"needs-0-min_level": "9"}).text
    assert "没有启用的座席具备这些技能" in nobody
    assert (
        lead.post("/queues/preview", {"needs-0-skill": "policy", "needs-0-min_level": "x"}).status_code == 200
    )


def test_the_list_warns_of_a_queue_that_nobody_can_serve(lead):
    # One of the cast's queues asks for a skill that nobody has.
    assert lead.get("/queues/").text.count("没有启用的座席具备这些技能") == 1
    lead.post("/queues/policy/edit", VALUES | {"needs-0-min_level": "9"})
    assert lead.get("/queues/").text.count("没有启用的座席具备这些技能") == 2


def test_settings_that_cannot_be_read_are_shown_as_such_and_can_be_entered_again(lead, database):
    def spoil(session):
        session.scalars(select(Queue).where(Queue.code == "policy")).one().overflow = [{"if": "late"}]

    database.write(spoil)
    assert "设置无法读取" in lead.get("/queues/").text
    assert lead.post("/queues/policy/edit", VALUES).status_code == 302
    assert details(database).spec.overflow == ()


def test_queues_of_others_do_not_exist(lead):
    assert lead.get("/queues/kunshan/edit").status_code == 404
    assert "昆山咨询" not in lead.get("/queues/").text
    answer = lead.post("/queues/policy/edit", VALUES | RULE | {"overflow-2-target-queue": "gone"})
    assert "没有队列 gone" in answer.text


def test_skills_are_added_renamed_and_deleted(lead, database):
    lead.post("/skills/", {"code": "english", "name": "英语"})
    lead.post("/skills/english/rename", {"name": "英文"})
    assert "英文" in lead.get("/skills/").text
    lead.post("/skills/english/delete")
    with database.read() as session:
        assert set(session.scalars(select(Skill.code))) == {"policy", "systems"}
        done = [a for a in session.scalars(select(AuditEntry.action)) if a.startswith("skill.")]
    assert done == ["skill.create", "skill.update", "skill.delete"]


def test_a_skill_in_use_stays_and_the_page_says_who_uses_it(lead, database):
    lead.post("/skills/policy/delete")
    page = lead.get("/skills/").text
    assert "队列“政策咨询”" in page
    assert "8018" in page
    assert "其他机构" in page
    assert "昆山咨询" not in page
    with database.read() as session:
        assert "policy" in set(session.scalars(select(Skill.code)))


def test_a_skill_needs_a_name_and_a_code_of_its_own(lead):
    assert lead.post("/skills/", {"code": "policy", "name": "又一个"}).status_code == 422
    lead.post("/skills/policy/rename", {"name": " "})
    assert "请填写" in lead.get("/skills/").text


def test_a_deputy_sees_queues_and_changes_nothing(browse):
    deputy = browse("8002")
    assert "政策咨询" in deputy.get("/queues/").text
    assert deputy.get("/queues/policy/edit").status_code == 403
    assert deputy.post("/skills/policy/delete").status_code == 403
    assert browse("8018").get("/queues/").status_code == 403
