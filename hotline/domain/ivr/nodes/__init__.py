"""The node types. A new one is a module here and an entry in this table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hotline.domain.ivr.node import Node
from hotline.domain.ivr.nodes.agent import AgentNode
from hotline.domain.ivr.nodes.branch_data import BranchDataNode
from hotline.domain.ivr.nodes.branch_hours import BranchHoursNode
from hotline.domain.ivr.nodes.callback import CallbackNode
from hotline.domain.ivr.nodes.collect import CollectNode
from hotline.domain.ivr.nodes.hangup import HangupNode
from hotline.domain.ivr.nodes.info_code import InfoCodeNode
from hotline.domain.ivr.nodes.language import LanguageNode
from hotline.domain.ivr.nodes.look_up import LookUpNode
from hotline.domain.ivr.nodes.menu import MenuNode
from hotline.domain.ivr.nodes.play import PlayNode
from hotline.domain.ivr.nodes.queue import QueueNode
from hotline.domain.ivr.nodes.route import RouteNode
from hotline.domain.ivr.nodes.say import SayNode
from hotline.domain.ivr.nodes.set_data import SetDataNode
from hotline.domain.ivr.nodes.sub_flow import ReturnNode, SubFlowNode
from hotline.domain.ivr.nodes.survey import SurveyNode
from hotline.domain.ivr.nodes.transfer import TransferNode
from hotline.domain.ivr.nodes.voicemail import VoicemailNode

NODE_TYPES: Final[Mapping[str, type[Node]]] = MappingProxyType(
    {
        node_type.type: node_type
        for node_type in (
            AgentNode,
            BranchDataNode,
            BranchHoursNode,
            CallbackNode,
            CollectNode,
            HangupNode,
            InfoCodeNode,
            LanguageNode,
            LookUpNode,
            MenuNode,
            PlayNode,
            QueueNode,
            ReturnNode,
            RouteNode,
            SayNode,
            SetDataNode,
            SubFlowNode,
            SurveyNode,
            TransferNode,
            VoicemailNode,
        )
    }
)
