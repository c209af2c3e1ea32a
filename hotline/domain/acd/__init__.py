"""Automatic call distribution: who gets whom, decided on the event and explained.

:func:`hotline.domain.acd.engine.handle` takes one event and the time and returns effects: orders that the
call side carries out. It holds no clock and does no input or output; the state is a plain object that it
changes in place.

``spec`` is what administrators set, ``events`` what the ACD is told, ``effects`` what it orders. ``model``
holds the state; ``index`` and ``standing`` are the only ones that change the idle agents' shelves and the
lines. ``matching`` brings both together, everything else tells it whom an event was about.
"""
