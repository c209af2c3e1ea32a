"""Every model in one name space, for migrations and for code that needs the whole metadata."""

from hotline.store.access import ApiToken, AuditEntry, Organisation, Role, Setting, User
from hotline.store.base import Base
from hotline.store.callbacks import Callback
from hotline.store.calls import (
    Call,
    CallRecord,
    JournalEntry,
    RecordDifference,
    Recording,
    RejectedRecord,
    VoiceMessage,
)
from hotline.store.content import CalendarDay, Flow, FlowVersion, PromptFile, ServiceNumber
from hotline.store.lists import CallerEntry
from hotline.store.routing import RoutingScript, RoutingTrial, RoutingVersion
from hotline.store.seats import Agent, AgentPresence, AgentSkill, Group, Queue, QueueSkill, Skill
from hotline.store.sources import DataRow, DataSource

__all__ = [
    "Agent",
    "AgentPresence",
    "AgentSkill",
    "ApiToken",
    "AuditEntry",
    "Base",
    "CalendarDay",
    "Call",
    "CallRecord",
    "Callback",
    "CallerEntry",
    "DataRow",
    "DataSource",
    "Flow",
    "FlowVersion",
    "Group",
    "JournalEntry",
    "Organisation",
    "PromptFile",
    "Queue",
    "QueueSkill",
    "RecordDifference",
    "Recording",
    "RejectedRecord",
    "Role",
    "RoutingScript",
    "RoutingTrial",
    "RoutingVersion",
    "ServiceNumber",
    "Setting",
    "Skill",
    "User",
    "VoiceMessage",
]
