"""A past hour decided again: with the same result, or under other settings and what would differ.

``record`` is the form of the decision log, ``again`` decides a recorded stretch anew and compares. ``learn``
takes from a stretch what people did, ``simulate`` lets the ACD decide for the same people under other
``settings``, ``outcome`` says what became of the calls. ``hour`` does all of it for an hour, ``report`` puts
it into text and figures.
"""
