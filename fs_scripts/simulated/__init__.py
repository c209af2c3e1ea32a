"""A simulated switch: speaks the Event Socket protocol as FreeSWITCH 1.10 does, with callers and phones as scripts.

For machines without FreeSWITCH, for tests and for the demo. ``tests/contract`` runs the same tests on it and on
FreeSWITCH; a difference between them is a defect of this package.
"""
