"""Go on in another language (语种)."""

from dataclasses import dataclass
from typing import Final

from hotline.domain.ivr.data import LANGUAGE
from hotline.domain.ivr.fields import OneOfSpec, TargetSpec, declare
from hotline.domain.ivr.node import Go, Node, Turn, Visit

LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, kw_only=True)
class LanguageNode(Node):
    """Prompts and spoken values are in `language` from here on; the agent sees it among the data."""

    type = "language"

    language: str = declare(OneOfSpec(options=LANGUAGES), "zh")
    next: str = declare(TargetSpec(), "")

    def enter(self, visit: Visit) -> Turn:  # noqa: ARG002 - the same for every call
        return Go("set", self.next, {LANGUAGE: self.language})
