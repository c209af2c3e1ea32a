"""A replay as plain text and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from hotline.domain.acd import wire
from hotline.domain.replay.hour import Check, Comparison
from hotline.domain.replay.outcome import Change, Figures

# Calls that are listed in the text; the JSON has all of them.
LISTED: Final = 40


def check_data(check: Check) -> dict[str, Any]:
    return {
        "decided": check.decided,
        "different": check.different,
        "processes": check.stretches,
        "unusable_lines": check.unusable,
        "first_differences": [
            {
                "at": difference.at,
                "event": wire.pack_event(difference.event),
                "now": [type(effect).__name__ for effect in difference.effects],
                "error": difference.error,
            }
            for difference in check.first
        ],
    }


def check_text(check: Check) -> str:
    if not check.stretches:
        return "nothing is on record for this hour"
    lines = [
        f"{check.decided} decisions, " + (f"{check.different} differ" if check.different else "all the same")
    ]
    if check.unusable:
        lines.append(
            f"{check.unusable} lines could not be used (a process died while it wrote, or a disk was full)"
        )
    for difference in check.first:
        now = (
            difference.error or ", ".join(type(effect).__name__ for effect in difference.effects) or "nothing"
        )
        lines.append(f"  {difference.at:.3f} {difference.event}\n    now: {now}")
    return "\n".join(lines)


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    return {
        "within": comparison.within,
        "before": {queue: asdict(figures) for queue, figures in comparison.before.items()},
        "after": {queue: asdict(figures) for queue, figures in comparison.after.items()},
        "changed": [
            {
                "call": change.before.call_id,
                "caller": change.before.caller,
                "queue": change.before.queue,
                "queued_at": change.before.queued_at,
                **{
                    side: {"outcome": result.outcome, "agent": result.agent, "wait": round(result.wait, 3)}
                    for side, result in (("before", change.before), ("after", change.after))
                },
            }
            for change in comparison.changed
        ],
    }


_COLUMNS: Final = (
    "queue",
    "",
    "calls",
    "served",
    "abandoned",
    "away",
    "waiting",
    "mean",
    "p90",
    "max",
    "level",
)


def comparison_text(comparison: Comparison) -> str:
    rows: list[Sequence[str]] = [(*_COLUMNS[:-1], f"level {comparison.within:g} s")]
    for queue in sorted({*comparison.before, *comparison.after}, key=lambda code: (code == "", code)):
        for side, figures in (
            ("before", comparison.before.get(queue)),
            ("after", comparison.after.get(queue)),
        ):
            if figures is not None:
                rows.append((queue or "all", side, *_cells(figures)))
    lines = _table(rows)
    lines.append("")
    lines.append(f"{len(comparison.changed)} calls went otherwise" + (":" if comparison.changed else ""))
    lines += _table([_went(change) for change in comparison.changed[:LISTED]])
    if len(comparison.changed) > LISTED:
        lines.append(f"and {len(comparison.changed) - LISTED} more; --json has them all")
    return "\n".join(lines)


def _cells(of: Figures) -> tuple[str, ...]:
    counts = (of.calls, of.served, of.abandoned, of.away, of.waiting)
    waits = (of.mean_wait, of.p90_wait, of.max_wait)
    level = "-" if of.level is None else f"{of.level:.1%}"
    return (*(str(n) for n in counts), *(f"{wait:.1f}" for wait in waits), level)


def _went(change: Change) -> tuple[str, ...]:
    was, would_be = change.before, change.after
    return (
        f"  {was.call_id}",
        was.queue,
        f"{was.outcome} {was.agent} {was.wait:.1f} s".replace("  ", " "),
        "->",
        f"{would_be.outcome} {would_be.agent} {would_be.wait:.1f} s".replace("  ", " "),
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
