"""Automatic call distribution: who gets whom, decided on the event and explained.

:func:`hotline.domain.acd.engine.handle` takes one event and the time and returns effects: orders that the
call side carries out. It holds no clock and does no input or output; the state is a plain object that it
changes in place.

``model`` holds the state and its indexes, ``moves`` what happens to one agent, ``offering`` brings callers
and agents together, ``working`` is about agents at work, ``configuring`` about what administrators set.
"""
