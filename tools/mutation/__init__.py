"""Mutation testing of what decides: small faults are put in one by one, and the fast tests have to notice each.

mutmut makes and runs the mutants (https://mutmut.readthedocs.io), in a copy of the project below .local.

A sample of 40 mutants of each module, on 2026-11-30; explained.yaml gives the reason for each that is explained:

module                   mutants   run  killed  explained  survived
cost_tags/activation         142    40      40          0         0
projects/archive_limit        94    40      40          0         0
projects/changes             316    40      40          0         0
projects/lifecycle           643    40      40          0         0
projects/plan                862    40      37          2         1
projects/run_ledger          113    40      38          2         0
resources/project            201    40      40          0         0

What survived is a sentence in capital letters, which a test holds now. An earlier run of the same sample had left 19.

All mutants of each module, in earlier versions of them; none was left:

module                   mutants  killed  explained  measured
projects/archive_limit        44      43          1  2026-11-28
projects/plan                517     512          5  2026-11-28
projects/run_ledger           69      66          3  2026-11-28
projects/changes             151     147          4  2026-11-25
cost_tags/activation         121     121          0  2026-11-25
inventory, 18 modules       3671    3582         89  2026-11-25, `adoption/yaml_edits` among them
resources, 4 modules         595     592          3  2026-11-25

Of the modules of a chargeback, 25 mutants each were run on 2026-11-30: 164 of 175 were killed. Tests were added for
what they showed; of those that are left, some are texts, and some run where a test module is imported.
"""
