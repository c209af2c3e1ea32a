"""What can be wrong with a flow, located, with a code for translation and a message in English."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Of the document: `parse` raises them.
        "not_an_object": "must be an object",
        "unknown_field": "there is no such field",
        "missing_field": "is missing",
        "unknown_type": "there is no node type {type!r}",
        "bad_id": "must be 1 to 40 letters, digits, '-' or '_'",
        "too_many_nodes": "a flow has at most {most} nodes",
        "expected_text": "must be text",
        "expected_number": "must be a whole number",
        "expected_flag": "must be true or false",
        "expected_list": "must be a list",
        "expected_prompt": "must be a prompt id, or an object with 'say' and 'data'",
        "expected_mapping": "must be an object of texts",
        "expected_rule": "must be an object with 'data', 'is', 'value' and 'to'",
        # Of the flow: `check` returns them.
        "unknown_target": "leads to {target!r}, which is no node of this flow",
        "unknown_prompt": "there is no prompt {prompt!r}",
        "no_audio_in_language": "the prompt {prompt!r} has no audio in {language!r}, which callers may have chosen here",
        "unknown_queue": "there is no queue {queue!r}",
        "unknown_agent": "there is no agent {agent!r}",
        "unknown_script": "there is no published routing script {script!r}",
        "unknown_source": "there is no data source {source!r}",
        "unknown_flow": "there is no published flow {flow!r}",
        "recursion": "calls itself by way of {path}",
        "too_many_nodes_in_all": "with its sub-flows a flow has at most {most} nodes",
        "too_many_prompts": "there are at most {most} prompts in a list",
        "too_many_rows": "there are at most {most} of them",
        "bad_template": "{value!r} has a ${{ that names no datum",
        "missing_edge": "must lead to a node",
        "missing_value": "must not be empty",
        "bad_value": "{value!r} is not allowed here",
        "out_of_range": "must be between {low} and {high}",
        "bad_key": "{key!r} is not a key of the telephone",
        "bad_code": "{code!r} is not a code of 1 to {most} digits",
        "voicemail_key_without_target": "a key for the voice message needs the node it leads to",
        "callback_key_without_target": "a key for the callback needs the node it leads to",
        "same_key": "the key {key!r} has another meaning in this node already",
        "unreachable": "no way leads here from the start",
        "dead_end": "from here the call never comes to an end",
        "loop_without_input": "goes round without waiting for the caller: {path}",
        "loop_when_silent": "a caller who does nothing goes round for ever: {path}",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `node` and `field` are "" where the problem is the flow's or the node's as a whole.

    `field` may point inside a value: "choices.1", "codes.1001". `code` is a key of MESSAGES.
    """

    node: str
    field: str
    code: str
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        """In English, without the location."""
        return MESSAGES[self.code].format_map(self.params)

    def __str__(self) -> str:
        where = ".".join(part for part in (self.node, self.field) if part)
        return f"{where}: {self.message}" if where else self.message


class FlowError(ValueError):
    """A document is not a flow. `problems` are all that were found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class BrokenFlow(RuntimeError):
    """A flow that `check` would have refused was run into its fault."""


class FlowLoop(BrokenFlow):
    """The flow went from node to node without waiting for the caller more often than the bound allows."""


class UnexpectedEvent(RuntimeError):
    """The event does not answer the command that the node gave."""


class StateMismatch(RuntimeError):
    """The state belongs to another flow or another version of it."""
