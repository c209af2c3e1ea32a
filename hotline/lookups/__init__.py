"""Looking data up for a call: HTTP services, databases, and tables of our own.

What is asked is a :class:`~hotline.lookups.source.DataSource`, as administrators define it; who asks bounds the time
as well, since a name server can hold up an answer longer than any of this notices.
"""
