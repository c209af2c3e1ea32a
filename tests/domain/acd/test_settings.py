"""What is wrong about the settings of a queue, and what serves in spite of it."""

from dataclasses import replace

import pytest

from hotline.domain.acd.settings import (
    LIMITS,
    Known,
    Unreadable,
    mix_of,
    needs_as_data,
    needs_of,
    overflow_as_data,
    overflow_of,
    problems,
    relaxation_as_data,
    relaxation_of,
    serves,
    usable,
)
from hotline.domain.acd.spec import OverflowRule, QueueSpec, RelaxStep, SkillNeed, Strategy

KNOWN = Known(
    skills={"policy", "systems", "complaints"},
    groups={"a", "b"},
    overflows={"policy": (), "general": (), "night": ("policy",)},
    prompts={"busy"},
)
GOOD = QueueSpec(
    "policy",
    "Policy",
    needs=(SkillNeed("policy", 5, 2), SkillNeed("systems", 3)),
    strategy=Strategy.PERCENTAGE,
    mix={"a": 60, "b": 40},
    relaxation=(
        RelaxStep(30, (SkillNeed("policy", 3), SkillNeed("systems", 3))),
        RelaxStep(60, (SkillNeed("policy", 1),)),
    ),
    overflow=(
        OverflowRule("wait", 120, "queue", "general"),
        OverflowRule("position", 9, "outside", "+8651253520000"),
        OverflowRule("expected_wait", 600, "callback"),
        OverflowRule("nobody_signed_in", 0, "prompt", "busy"),
    ),
)


def told(queue, known=KNOWN):
    return {(problem.field, problem.code) for problem in problems(queue, known)}


def test_sound_settings_have_no_problems():
    assert told(GOOD) == set()


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"needs": ()}, "needs", "no_skill"),
        ({"needs": (SkillNeed("magic"),), "relaxation": ()}, "needs.0.skill", "unknown_skill"),
        ({"needs": (*GOOD.needs, SkillNeed("policy"))}, "needs.2.skill", "twice"),
        ({"needs": (SkillNeed("policy", 10), GOOD.needs[1])}, "needs.0.min_level", "out_of_range"),
        ({"needs": (SkillNeed("policy", 5, 0), GOOD.needs[1])}, "needs.0.weight", "out_of_range"),
        ({"strategy": "by_mood"}, "strategy", "unknown"),
        ({"mix": {"a": 60, "b": 30}}, "mix", "not_100"),
        ({"mix": {}}, "mix", "not_100"),
        ({"mix": {"a": 60, "c": 40}}, "mix.1.group", "unknown_group"),
        ({"mix": {"a": 100, "b": 0}}, "mix.1.percent", "out_of_range"),
        ({"closing": "lock"}, "closing", "unknown"),
        ({"return_to": "home"}, "return_to", "unknown"),
        ({"last_agent_seconds": 20}, "last_agent_minutes", "needed"),
        ({"wrap_up_extensions": 2}, "wrap_up_extension_seconds", "needed"),
        ({"max_waiting": 5}, "max_waiting", "before_overflow"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changed, field, code):
    assert (field, code) in told(replace(GOOD, **changed))


@pytest.mark.parametrize(
    ("step", "field", "code"),
    [
        (RelaxStep(30, (SkillNeed("policy", 1),)), "relaxation.1.after_seconds", "not_ascending"),
        (RelaxStep(8000, (SkillNeed("policy", 1),)), "relaxation.1.after_seconds", "out_of_range"),
        (RelaxStep(60, (SkillNeed("policy", 4),)), "relaxation.1.needs.0.min_level", "demands_more"),
        (RelaxStep(60, (SkillNeed("complaints", 1),)), "relaxation.1.needs.0.skill", "demands_more"),
        (RelaxStep(60, GOOD.relaxation[0].needs), "relaxation.1.needs", "relaxes_nothing"),
        (RelaxStep(60, ()), "relaxation.1.needs", "no_skill"),
    ],
)
def test_a_step_that_does_not_relax_is_told(step, field, code):
    assert (field, code) in told(replace(GOOD, relaxation=(GOOD.relaxation[0], step)))


@pytest.mark.parametrize(
    ("rule", "part", "code"),
    [
        (OverflowRule("wait", 0, "voicemail"), "limit", "out_of_range"),
        (OverflowRule("full_moon", 1, "voicemail"), "when", "unknown"),
        (OverflowRule("wait", 10, "forget"), "action", "unknown"),
        (OverflowRule("wait", 10, "queue", "policy"), "target", "itself"),
        (OverflowRule("wait", 10, "queue", "gone"), "target", "unknown_queue"),
        (OverflowRule("wait", 10, "queue", "night"), "target", "circle"),
        (OverflowRule("wait", 10, "outside", "Lisa"), "target", "no_number"),
        (OverflowRule("wait", 10, "outside", "１２３"), "target", "no_number"),
        (OverflowRule("wait", 10, "prompt"), "target", "no_prompt"),
        (OverflowRule("wait", 10, "prompt", "nothing"), "target", "unknown_prompt"),
    ],
)
def test_an_overflow_that_leads_nowhere_is_told(rule, part, code):
    assert (f"overflow.0.{part}", code) in told(replace(GOOD, overflow=(rule,)))


def test_a_circle_is_found_over_any_number_of_queues():
    known = replace(KNOWN, overflows={"a": ("b",), "b": ("c",), "c": ("policy",), "policy": ("a",)})
    assert ("overflow.0.target", "circle") in told(
        replace(GOOD, overflow=(OverflowRule("wait", 10, "queue", "a"),)), known
    )


@pytest.mark.parametrize("name", LIMITS)
def test_every_number_has_its_limits(name):
    low, high = LIMITS[name]
    assert (name, "out_of_range") in told(replace(GOOD, **{name: low - 1}))
    assert (name, "out_of_range") in told(replace(GOOD, **{name: high + 1}))
    assert low <= getattr(QueueSpec("q", ""), name) <= high


def only(*queues):
    return usable(queues, skills=KNOWN.skills, groups=KNOWN.groups)


def test_a_sound_queue_serves_as_it_is():
    general = QueueSpec("general", "", (SkillNeed("policy"),))
    assert only(GOOD, general) == ((GOOD, general), [])


def test_a_queue_whose_skill_is_gone_is_left_out_and_the_others_serve():
    broken = QueueSpec("broken", "", (SkillNeed("magic"),))
    able, found = only(broken, QueueSpec("general", "", (SkillNeed("policy"),)))
    assert [queue.code for queue in able] == ["general"]
    assert [(code, problem.code) for code, problem in found] == [("broken", "unknown_skill")]


def test_what_a_queue_cannot_keep_is_taken_away_and_it_serves():
    queue = replace(GOOD, mix={"gone": 100}, ring_seconds=0, max_wait_seconds=-5)
    (mended,), found = only(queue)  # general is not there, so that the first rule leads nowhere
    assert mended.strategy is Strategy.LONGEST_IDLE
    assert mended.mix == {}
    assert mended.overflow == GOOD.overflow[1:]
    assert (mended.ring_seconds, mended.max_wait_seconds) == (20, 600)
    assert mended.relaxation == GOOD.relaxation
    assert {problem.field for _, problem in found} == {
        "mix.0.group",
        "overflow.0.target",
        "ring_seconds",
        "max_wait_seconds",
    }


def test_steps_before_a_bad_one_stay():
    bad = RelaxStep(60, (SkillNeed("magic", 1),))
    (mended,), _ = only(replace(GOOD, overflow=(), relaxation=(GOOD.relaxation[0], bad, GOOD.relaxation[1])))
    assert mended.relaxation == GOOD.relaxation[:1]


def test_of_queues_in_a_circle_one_loses_its_rule():
    there = QueueSpec(
        "there", "", (SkillNeed("policy"),), overflow=(OverflowRule("wait", 9, "queue", "back"),)
    )
    back = replace(there, code="back", overflow=(OverflowRule("wait", 9, "queue", "there"),))
    able, _ = only(there, back)
    assert [queue.overflow for queue in able] == [(), back.overflow]


def test_whoever_has_all_skills_at_their_levels_may_serve():
    assert serves({"policy": 5, "systems": 3}, GOOD.needs)
    assert not serves({"policy": 5, "systems": 2}, GOOD.needs)
    assert not serves({"policy": 9}, GOOD.needs)


def test_documents_are_read_as_they_were_written():
    assert needs_of(needs_as_data(GOOD.needs)) == GOOD.needs
    assert relaxation_of(relaxation_as_data(GOOD.relaxation)) == GOOD.relaxation
    assert overflow_of(overflow_as_data(GOOD.overflow)) == GOOD.overflow
    assert mix_of({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (needs_of, [{"level": 3}]),
        (needs_of, 5),
        (relaxation_of, [{"after_seconds": "soon", "needs": []}]),
        (relaxation_of, [[]]),
        (overflow_of, [{"when": "wait"}]),
        (overflow_of, ["x"]),
        (mix_of, []),
        (mix_of, {"a": None}),
    ],
)
def test_a_document_of_another_shape_cannot_be_read(read, data):
    with pytest.raises(Unreadable):
        read(data)
