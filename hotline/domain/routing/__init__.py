"""Smart routing (智能路由): what is known of a call, rule tables that decide by it, and where calls can go.

A decision takes :class:`~hotline.domain.routing.facts.RoutingFacts` and gives a
:class:`~hotline.domain.routing.route.Route`. Rule tables decide here; scripts do in :mod:`hotline.scripting`.
"""
