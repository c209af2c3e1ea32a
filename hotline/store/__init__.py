"""Persistence: SQLAlchemy models and the queries over them, as functions that take a Session."""
