"""The number plan of the demonstration, as a flow.

1 policy, 2 systems, 3 complaints, 4 information codes, 8 the other language, 0 operator, 9 voice message, *
again; who waits may press 7 to be called back with the place kept; after the talk a survey.
"""

from typing import Any, Final

from hotline.domain.ivr.flow import Flow, parse

QUEUES: Final = ("policy", "systems", "complaints", "general")

_TITLES: Final = {
    "welcome": "欢迎词",
    "hours": "工作时间判断",
    "emergency": "应急公告",
    "closed": "非工作时间提示",
    "menu": "主菜单",
    "info": "信息编码查询",
    "other_language": "语种切换",
    "english": "英语",
    "chinese": "普通话",
    "to_operator": "转人工提示",
    "policy": "政策咨询",
    "systems": "系统操作",
    "complaints": "投诉举报",
    "general": "综合服务",
    "policy_callback": "政策咨询回拨",
    "systems_callback": "系统操作回拨",
    "complaints_callback": "投诉举报回拨",
    "general_callback": "综合服务回拨",
    "callback_failed": "回拨未登记",
    "all_busy": "人工忙提示",
    "no_agent": "无座席提示",
    "voicemail": "语音留言",
    "voicemail_thanks": "留言致谢",
    "apology": "系统致歉",
    "survey": "满意度评价",
    "survey_thanks": "评价致谢",
    "goodbye": "结束语",
}


def demo_flow(version: int = 1) -> Flow:
    """The flow of 12366 for the queues of QUEUES; voice messages go to the box "general"."""
    return parse(
        {
            "id": "main",
            "version": version,
            "name": "12366",
            "start": "welcome",
            "nodes": {
                node_id: {**node, "ui": {"title": _TITLES[node_id]}} for node_id, node in _nodes().items()
            },
        }
    )


def _nodes() -> dict[str, dict[str, Any]]:
    return {
        **_entrance(),
        **_menus(),
        **_languages(),
        **_queues(),
        **_callbacks(),
        **_messages(),
        **_endings(),
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
            "prompts": ["menu", "menu_english"],
            "choices": {
                "1": "policy",
                "2": "systems",
                "3": "complaints",
                "4": "info",
                "8": "other_language",
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


def _languages() -> dict[str, dict[str, Any]]:
    spoken = {"data": "language", "is": "equals", "value": "en", "to": "chinese"}
    return {
        "other_language": {"type": "branch_data", "rules": [spoken], "on_other": "english"},
        "english": {"type": "language", "language": "en", "next": "menu"},
        "chinese": {"type": "language", "language": "zh", "next": "menu"},
    }


def _queues() -> dict[str, dict[str, Any]]:
    return {code: _queue(code) for code in QUEUES}


def _queue(code: str) -> dict[str, Any]:
    return {
        "type": "queue",
        "queue": code,
        "join": ["queue_wait"],
        "again": ["queue_offer_voicemail", "callback_offer"],
        "every_s": 30,
        "position": True,
        "voicemail_key": "9",
        "callback_key": "7",
        "on_served": "survey",
        "on_agent_gone": code,
        "on_timeout": "all_busy",
        "on_voicemail": "voicemail",
        "on_callback": f"{code}_callback",
        "on_overflow": "all_busy",
        "on_no_agents": "no_agent",
        # Why is told already by whoever sends the caller away.
        "on_closed": "voicemail",
        "on_emergency": "voicemail",
        "on_failed": "all_busy",
    }


def _callbacks() -> dict[str, dict[str, Any]]:
    return {f"{code}_callback": _callback(code) for code in QUEUES}


def _callback(code: str) -> dict[str, Any]:
    return {
        "type": "callback",
        "queue": code,
        "ask": ["callback_ask"],
        "confirm": ["callback_confirm"],
        "change": ["callback_number"],
        "wrong": ["collect_wrong"],
        "taken": ["callback_taken"],
        "on_taken": "goodbye",
        "on_refused": "callback_failed",
        "on_cancelled": code,
        "on_fail": "all_busy",
    }


def _messages() -> dict[str, dict[str, Any]]:
    return {
        "all_busy": {"type": "play", "prompts": ["all_busy"], "next": "voicemail"},
        "no_agent": {"type": "play", "prompts": ["no_agent"], "next": "voicemail"},
        "callback_failed": {"type": "play", "prompts": ["callback_failed"], "next": "voicemail"},
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
