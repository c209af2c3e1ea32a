"""An event of FreeSWITCH."""

from __future__ import annotations

from collections.abc import Mapping

from greenswitch.esl import ESLEvent

from fs_scripts.esl.framing import Block


class Event(ESLEvent):
    """One event, or the answer to ``connect``, which has the same headers. Read only.

    Looking up a few headers costs a search each; :attr:`headers` takes all of them apart, once.
    Values come from the network (a caller chooses its own name): treat them as data.
    """

    def __init__(self, headers: Block, body: str = "") -> None:
        # ESLEvent unquotes the whole event before it splits the lines, so a %0A in a value forges headers;
        # nothing of its parsing is used.
        self._block = headers
        self._name: str | None = None
        self.body = body

    @classmethod
    def of_plain(cls, content: bytes) -> Event:
        """Read the content of a ``text/event-plain`` frame: headers, and a body when they say how long it
        is.
        """
        if content.endswith(b"\n\n") and b"\nContent-Length: " not in content:
            # Nearly all events. Looking for the empty line in these costs more than all the rest.
            return cls(Block(content[:-2]))
        head, separator, rest = content.partition(b"\n\n")
        block = Block(head)
        if not separator or not rest:
            return cls(block)
        length = block.get("Content-Length")
        size = int(length) if length is not None and length.isdigit() else 0
        return cls(block, rest[:size].decode("utf-8", "replace"))

    @property
    def name(self) -> str:
        """Event-Name, and for CUSTOM the subclass too: ``CUSTOM sofia::register``."""
        if self._name is None:
            name = self._block.get("Event-Name") or ""
            if name == "CUSTOM":
                name = f"CUSTOM {self._block.get('Event-Subclass') or ''}"
            self._name = name
        return self._name

    @property
    def uuid(self) -> str:
        """Unique-ID of the channel; empty for an event of no channel."""
        return self._block.get("Unique-ID") or ""

    def get(self, header: str, default: str | None = None) -> str | None:
        """Return the value of a header; the default when it is missing or empty (FreeSWITCH does not tell
        these apart).
        """
        value = self._block.get(header)
        return default if value is None else value

    def __getitem__(self, header: str) -> str:
        value = self._block.get(header)
        if value is None:
            raise KeyError(header)
        return value

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and self._block.get(header) is not None

    def var(self, name: str) -> str | None:
        """Return the value of a channel variable; None when it is not set or the event carries none."""
        return self._block.get(f"variable_{name}")

    @property
    def has_variables(self) -> bool:
        """Whether the channel's variables came with this event (not every event has them)."""
        return self._block.has("variable_uuid")

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers that have a value."""
        return self._block.all()

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.uuid}>"
