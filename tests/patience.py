"""How long a test waits for another process, which on a busy machine may be long in coming."""

LIMIT = 300.0
"""Seconds after which it counts as hung. Nothing takes so long: it ends a test that would never end."""
