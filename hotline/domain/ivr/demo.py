"""The number plan of the demonstration, as a flow.

1 policy, 2 systems, 3 complaints, 4 information codes, 0 operator, 9 voice message, * again; after the talk a
survey.
"""

from typing import Any, Final

from hotline.domain.ivr.flow import Flow, parse

QUEUES: Final = ("policy", "systems", "complaints", "general")


def demo_flow(version: int = 1) -> Flow:
    """The flow of 12366 for the queues of QUEUES; voice messages go to the box "general"."""
    return parse(
        {
            "id": "main",
            "version": version,
            "name": "12366",
            "start": "welcome",
            "nodes": {node_id: {**node, "ui": ui} for node_id, (node, ui) in _laid_out().items()},
        }
    )


def _laid_out() -> dict[str, tuple[dict[str, Any], dict[str, int]]]:
    columns = (_entrance(), _menus(), _queues(), _messages(), _endings())
    return {
        node_id: (node, {"x": column * 260, "y": row * 140})
        for column, nodes in enumerate(columns)
        for row, (node_id, node) in enumerate(nodes.items())
    }


def _entrance() -> dict[str, dict[str, Any]]:
    return {
        "welcome": {
            "type": "play",
            "prompts": ["welcome", "recording_notice"],
            "skip_on_resume": True,
            "next": "hours",
        },
        "hours": {
            "type": "branch_hours",
            "on_open": "menu",
            "on_closed": "closed",
            "on_holiday": "closed",
            "on_emergency": "emergency",
        },
        "emergency": {"type": "play", "prompts": ["emergency"], "next": "voicemail"},
        "closed": {"type": "play", "prompts": ["closed"], "next": "voicemail"},
    }


def _menus() -> dict[str, dict[str, Any]]:
    return {
        "menu": {
            "type": "menu",
            "prompts": ["menu"],
            "choices": {
                "1": "policy",
                "2": "systems",
                "3": "complaints",
                "4": "info",
                "0": "to_operator",
                "9": "voicemail",
                "*": "menu",
            },
            "wrong_key": ["wrong_key"],
            "no_key": ["no_key"],
            "attempts": 3,
            "timeout_s": 5,
            "on_fail": "to_operator",
        },
        "info": {
            "type": "info_code",
            "ask": ["info_ask_code"],
            "codes": {"1001": ["info_1001"], "1002": ["info_1002"], "1003": ["info_1003"]},
            "unknown": ["info_unknown_code"],
            "again": ["info_again"],
            "attempts": 3,
            "on_back": "menu",
            "on_operator": "to_operator",
            "on_fail": "to_operator",
        },
        "to_operator": {"type": "play", "prompts": ["to_operator"], "next": "general"},
    }


def _queues() -> dict[str, dict[str, Any]]:
    return {code: _queue(code) for code in QUEUES}


def _queue(code: str) -> dict[str, Any]:
    return {
        "type": "queue",
        "queue": code,
        "join": ["queue_wait"],
        "again": ["queue_offer_voicemail"],
        "every_s": 30,
        "position": True,
        "voicemail_key": "9",
        "on_served": "survey",
        "on_agent_gone": code,
        "on_timeout": "all_busy",
        "on_voicemail": "voicemail",
        "on_overflow": "all_busy",
        "on_no_agents": "no_agent",
        "on_failed": "all_busy",
    }


def _messages() -> dict[str, dict[str, Any]]:
    return {
        "all_busy": {"type": "play", "prompts": ["all_busy"], "next": "voicemail"},
        "no_agent": {"type": "play", "prompts": ["no_agent"], "next": "voicemail"},
        "voicemail": {
            "type": "voicemail",
            "box": "general",
            "prompts": ["voicemail_ask"],
            "longest_s": 120,
            "silence_s": 5,
            "on_recorded": "voicemail_thanks",
            "on_empty": "goodbye",
            "on_failed": "apology",
        },
        "voicemail_thanks": {"type": "play", "prompts": ["voicemail_thanks"], "next": "goodbye"},
        "apology": {"type": "play", "prompts": ["apology"], "next": "goodbye"},
    }


def _endings() -> dict[str, dict[str, Any]]:
    return {
        "survey": {
            "type": "survey",
            "prompts": ["survey_ask"],
            "wrong": ["survey_wrong"],
            "marks": {"1": "满意", "2": "基本满意", "3": "不满意"},
            "on_marked": "survey_thanks",
            "on_none": "goodbye",
        },
        "survey_thanks": {
            "type": "play",
            "prompts": ["survey_thanks"],
            "interruptible": False,
            "next": "goodbye",
        },
        "goodbye": {"type": "hangup", "prompts": ["goodbye"]},
    }
