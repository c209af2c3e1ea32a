"""The names of the channel variables that we set, so that whoever takes a call over knows what it is about.

Those on the caller's channel are all that a standby handler has. Those on an agent's leg tell the watcher of
the switch whose leg it is.
"""

from __future__ import annotations

from typing import Final

INTERACTION: Final = "hotline_interaction"
STATE: Final = "hotline_state"
QUEUE: Final = "hotline_queue"
PRIORITY: Final = "hotline_priority"
QUEUED_AT: Final = "hotline_queued_at"
STARTED_AT: Final = "hotline_started_at"
AGENT: Final = "hotline_agent"
EXTENSION: Final = "hotline_extension"
OFFER: Final = "hotline_offer"
LEG: Final = "hotline_leg"
ROLE: Final = "hotline_role"
RECORDING: Final = "hotline_recording"
FEATURE: Final = "hotline_feature"
CALLER: Final = "hotline_caller"
# Attached data as `hotline.domain.ivr.data.for_leg` packs them.
DATA: Final = "hotline_data"
CALLED: Final = "hotline_called"
TICKET: Final = "hotline_ticket"
