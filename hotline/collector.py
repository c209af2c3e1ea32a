"""Keep Python's garbage collector from holding up calls.

A full collection looks at every object of the process. All but a few thousand of ours were made at the start
(modules, mappings of tables, the configuration) and live as long as the process; with a call or two in them
such collections took 7 ms of a call's processor time and up to 300 ms at once, in which nobody is offered to
an agent.
"""

from __future__ import annotations

import gc
from typing import Final

# A call leaves no cycles behind, so that what the youngest generation holds is mostly freed before it is looked at.
YOUNGEST: Final = 10_000


def leave_out_the_start() -> None:
    """Leave all that is alive now out of every later collection. To be called once, when a process is up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 20)
