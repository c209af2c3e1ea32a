"""The people, groups, skills and queues of the demo: a county tax office's hotline with 23 seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ORGANISATION: Final = ("taicang", "太仓市税务局")
SERVICE_NUMBER: Final = "12366"

# Code -> name. Each is a skill, a queue that asks for it, and a group of agents.
LINES: Final = {"policy": "政策咨询", "systems": "系统操作", "complaints": "投诉举报", "general": "综合服务"}
# What the queues have beside a skill of their own; see hotline.store.seats.Queue.
QUEUES: Final[dict[str, dict[str, Any]]] = {
    # Complaints begin with people who have some practice, unless that takes too long. Afterwards the agent has
    # to write the complaint down before the next caller, and may take a little longer twice.
    "complaints": {
        "wrap_up_seconds": 10,
        "wrap_up_extension_seconds": 30,
        "wrap_up_extensions": 2,
        "relaxation": [
            {"after_seconds": 60, "needs": [{"skill": "complaints", "min_level": 1, "weight": 1}]}
        ],
    },
    # Who waits long for a specialist gets somebody who helps in general.
    "policy": {"overflow": [{"when": "wait", "limit": 180, "action": "queue", "target": "general"}]},
    "systems": {"overflow": [{"when": "wait", "limit": 180, "action": "queue", "target": "general"}]},
}
MIN_LEVELS: Final = {"complaints": 3}
AREA_CODE: Final = "0512"
# What is prepared for an emergency: name, prompt, what becomes of those who wait.
EMERGENCY_PLANS: Final = (
    ("系统故障", "emergency", "voicemail"),
    ("停电断网", "emergency", "callback"),
    ("恶劣天气", "closed", "prompt"),
)

POST_NAMES: Final = {
    "admin": "系统管理员",
    "lead": "班长",
    "deputy": "副班长",
    "information": "信息员",
    "qa": "质检员",
    "agent": "座席",
}
# A senior agent's account has the rights of an agent; what differs is the skill.
ROLE_OF_POST: Final = {"senior": "agent"}

_EXPERT, _ABLE, _BEGINNER = 8, 6, 3


@dataclass(frozen=True, slots=True)
class Person:
    """One seat: the agent number is 8000 + n, the extension 1000 + n."""

    n: int
    name: str
    post: str
    group: str
    skills: tuple[str, ...]

    @property
    def number(self) -> str:
        return str(8000 + self.n)

    @property
    def extension(self) -> str:
        return str(1000 + self.n)

    def level(self, skill: str) -> int:
        """1 to 9: best in the line of the own group; everybody can help in general."""
        if self.post == "agent":
            return _ABLE if skill == self.group else _BEGINNER
        return _EXPERT if skill == self.group else _ABLE


_ALL: Final = ("policy", "systems", "complaints", "general")


def _person(n: int, name: str, post: str, group: str, *skills: str) -> Person:
    return Person(n, name, post, group, (*(skills or _ALL[:3]), "general"))


PEOPLE: Final = (
    _person(1, "陈建国", "lead", "general"),
    _person(2, "周晓燕", "deputy", "policy", "policy", "complaints"),
    _person(3, "吴志强", "deputy", "systems", "systems", "complaints"),
    _person(4, "沈佳怡", "information", "general", "policy"),
    _person(5, "陆敏", "senior", "policy"),
    _person(6, "顾海峰", "senior", "systems"),
    _person(7, "徐丽萍", "senior", "complaints"),
    _person(8, "王雪梅", "senior", "policy"),
    _person(9, "朱文杰", "senior", "systems"),
    _person(10, "钱慧", "senior", "complaints"),
    _person(11, "张伟明", "senior", "policy", "policy", "systems"),
    _person(12, "李静", "senior", "policy", "policy", "systems"),
    _person(13, "黄永刚", "senior", "systems", "policy", "systems"),
    _person(14, "孙婷婷", "senior", "systems", "systems", "complaints"),
    _person(15, "马俊", "senior", "complaints", "systems", "complaints"),
    _person(16, "胡晓东", "senior", "complaints", "complaints", "policy"),
    _person(17, "郭倩", "senior", "general", "complaints", "policy"),
    _person(18, "何雨欣", "agent", "policy", "policy"),
    _person(19, "高子轩", "agent", "policy", "policy"),
    _person(20, "林小芳", "agent", "systems", "systems"),
    _person(21, "罗浩然", "agent", "systems", "systems"),
    _person(22, "宋美琪", "agent", "complaints", "complaints"),
    _person(23, "唐思远", "agent", "complaints", "complaints"),
)
