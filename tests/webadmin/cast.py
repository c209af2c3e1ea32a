"""The people of the tests, always the same ones: two organisations, and in the first two groups.

========  ========  ==================  ======================================================
login     role      where               seat
========  ========  ==================  ======================================================
root      admin     taicang             none
8001      lead      taicang, policy     1001
8002      deputy    taicang, policy     1002
8018      agent     taicang, policy     1018
8019      agent     taicang, systems    1019
9001      lead      kunshan, other      1901
9018      agent     kunshan, other      1918
========  ========  ==================  ======================================================
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from hotline.domain.permissions import POSTS
from hotline.store.db import open_database
from hotline.store.models import (
    Agent,
    AgentSkill,
    Base,
    Group,
    Organisation,
    Queue,
    QueueSkill,
    Role,
    ServiceNumber,
    Skill,
    User,
)
from hotline.store.vault import Vault

PASSWORD: Final = "correct horse battery"
FIELD_KEY: Final = "5eed" * 16
NOW: Final = 1_763_953_200.0  # 2025-11-24 11:00 in Shanghai
PEOPLE: Final = ("root", "8001", "8002", "8018", "8019", "9001", "9018")

_SEATS: Final = (
    ("8001", "陈静", "lead", "policy"),
    ("8002", "王芳", "deputy", "policy"),
    ("8018", "李强", "agent", "policy"),
    ("8019", "赵敏", "agent", "systems"),
    ("9001", "周涛", "lead", "other"),
    ("9018", "孙丽", "agent", "other"),
)


def move_in(url: str) -> None:
    """Make the tables at *url* and put the cast into them."""
    opened = open_database(url)
    Base.metadata.create_all(opened.engine)
    opened.write(lambda session: fill(session, Vault(bytes.fromhex(FIELD_KEY)), fast_hash()))
    opened.close()


def fill(session: Session, vault: Vault, password_hash: str) -> None:
    """Put the cast into an empty store."""
    taicang = Organisation(code="taicang", name="太仓市税务局")
    kunshan = Organisation(code="kunshan", name="昆山市税务局")
    roles = {
        code: Role(code=code, name=code, scope=str(scope), permissions=sorted(map(str, permissions)))
        for code, (scope, permissions) in POSTS.items()
    }
    session.add_all([taicang, kunshan, *roles.values()])
    session.flush()
    skills = {
        code: Skill(code=code, name=name) for code, name in (("policy", "政策咨询"), ("systems", "系统操作"))
    }
    groups = {
        "policy": Group(code="policy", name="政策组", organisation_id=taicang.id),
        "systems": Group(code="systems", name="系统组", organisation_id=taicang.id),
        "other": Group(code="other", name="昆山组", organisation_id=kunshan.id),
    }
    session.add_all([*skills.values(), *groups.values()])
    session.flush()

    def queue(code: str, name: str, skill: str, organisation: Organisation) -> Queue:
        needs = [QueueSkill(skill_id=skills[skill].id)]
        return Queue(code=code, name=name, organisation_id=organisation.id, needs=needs)

    session.add_all(
        [
            queue("policy", "政策咨询", "policy", taicang),
            queue("systems", "系统队列", "systems", taicang),
            queue("kunshan", "昆山咨询", "policy", kunshan),
            ServiceNumber(number="12366", flow_code="main", organisation_id=taicang.id),
        ]
    )
    created = datetime.fromtimestamp(NOW - 86_400, UTC)

    def user(login: str, name: str, role: str, organisation: Organisation) -> User:
        return User(
            login=login,
            name=name,
            password_hash=password_hash,
            role_id=roles[role].id,
            organisation_id=organisation.id,
            created_at=created,
        )

    session.add(user("root", "系统管理员", "admin", taicang))
    for login, name, role, group in _SEATS:
        organisation = kunshan if group == "other" else taicang
        account = user(login, name, role, organisation)
        session.add(account)
        session.flush()
        seat = Agent(
            number=login,
            user_id=account.id,
            group_id=groups[group].id,
            extension=("1" if login < "9" else "19") + (login[1:] if login < "9" else login[2:]),
            sip_password_sealed=vault.seal(f"phone-{login}"),
            post=role,
        )
        session.add(seat)
        session.flush()
        session.add(AgentSkill(agent_id=seat.id, skill_id=skills["policy"].id, level=5))


def fast_hash() -> str:
    """A hash of :data:`PASSWORD` that is quick to check; the cost of real ones is no matter of these
    tests.
    """
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
