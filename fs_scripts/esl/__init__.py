"""The Event Socket of FreeSWITCH, both directions, on greenswitch's classes with their faults mended.

How FreeSWITCH behaves at this edge is written down in ``docs/event-socket.md``.
"""
