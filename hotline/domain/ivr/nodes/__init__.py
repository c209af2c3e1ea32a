"""The node types. A new one is a module here and an entry in this table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hotline.domain.ivr.node import Node
from hotline.domain.ivr.nodes.branch_hours import BranchHoursNode
from hotline.domain.ivr.nodes.hangup import HangupNode
from hotline.domain.ivr.nodes.info_code import InfoCodeNode
from hotline.domain.ivr.nodes.menu import MenuNode
from hotline.domain.ivr.nodes.play import PlayNode
from hotline.domain.ivr.nodes.queue import QueueNode
from hotline.domain.ivr.nodes.set_data import SetDataNode
from hotline.domain.ivr.nodes.survey import SurveyNode
from hotline.domain.ivr.nodes.transfer import TransferNode
from hotline.domain.ivr.nodes.voicemail import VoicemailNode

NODE_TYPES: Final[Mapping[str, type[Node]]] = MappingProxyType(
    {
        node_type.type: node_type
        for node_type in (
            BranchHoursNode,
            HangupNode,
            InfoCodeNode,
            MenuNode,
            PlayNode,
            QueueNode,
            SetDataNode,
            SurveyNode,
            TransferNode,
            VoicemailNode,
        )
    }
)
