"""A past hour decided again, with the same result.

``record`` is the form of the decision log, ``again`` decides a recorded stretch anew and compares.
"""
