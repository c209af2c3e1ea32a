"""The IVR: flows as data, and the interpreter that a call asks what to do next.

The handler of a call uses `interpreter`, `state`, `commands` and `events`; the console uses `flow` and
`check`.
"""
