"""Checks the FOCUS file of `costs --format focus` with the FinOps Foundation's validator, in an environment of its own.

The validator needs Python 3.12 and pins older packages than ours. What the local AWS billed is read from both sources.
"""
