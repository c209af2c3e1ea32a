"""What the editors offer: facts with their operators, targets, and the codes there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from hotline.domain.routing.facts import FACTS
from hotline.domain.routing.operators import OPERATORS
from webadmin.routing import words


def of(queues: Mapping[str, str], agents: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the table editor builds its lists of, as JSON."""
    return {
        "facts": [
            {"name": fact.name, "label": str(words.FACTS[fact.name]), "kind": fact.kind, "of": fact.of}
            for fact in FACTS.values()
        ],
        "operators": {
            kind: [
                {"name": name, "label": str(words.OPERATORS[name]), "value": operator.takes_value}
                for name, operator in known.items()
            ]
            for kind, known in OPERATORS.items()
        },
        "targets": [{"name": name, "label": str(label)} for name, label in words.TARGETS.items()],
        "queues": [{"name": code, "label": f"{name} ({code})"} for code, name in queues.items()],
        "agents": [{"name": number, "label": f"{number} {name}"} for number, name in agents.items()],
        "examples": {
            "text": "0512, 138",
            "number": "10",
            "date": "2026-10-01",
            "time": "09:00-12:00",
            "flag": "",
        },
        "texts": {
            "when": _("When"),
            "always": _("Every call"),
            "add_condition": _("Add a condition"),
            "remove": _("Remove"),
            "up": _("Move up"),
            "down": _("Move down"),
            "active": _("Switched on"),
            "target": _("Target"),
            "priority": _("Priority"),
            "own": _("the queue's own"),
            "note": _("Note"),
            "datum": _("Name of the datum"),
            "value": _("Value to compare with"),
            "fact": _("Fact"),
            "comparison": _("Comparison"),
            "which": _("Which"),
            "rule": _("Rule"),
            "name": _("Name"),
        },
    }


def about(completion: Mapping[str, Any]) -> str:
    """What a completion of the script editor stands for, in words."""
    name, after = str(completion["label"]), completion["after"]
    if after == "call" and name in words.METHODS:
        return str(words.METHODS[name])
    known = words.FACTS.get(f"queue.{name}" if after == "queue" else name)
    return str(known) if known else str(completion["info"])
