"""Mutation testing of what decides: small faults are put in one by one, and the fast tests have to notice each.

mutmut makes and runs the mutants (https://mutmut.readthedocs.io), in a copy of the project below .local.
"""
