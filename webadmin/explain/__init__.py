"""Why a call went the way it did, in words and in a picture.

``names`` is what people call agents, queues and skills, ``words`` what the codes of the domain mean,
``decision`` one routing decision told, ``ways`` what scripts, overflow and callbacks did, ``wait`` the caller's
wait on an axis of time.
"""
