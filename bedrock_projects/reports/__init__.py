"""Cost reports, in four steps: request, fetch, report, render.

request          the options, parsed and checked
query            that request as queries to Cost Explorer: which tables, and how each is asked for
fetch, answers   send the queries, and read the answers as tables of exact amounts (`cost_data`)
report           computes the finished report, a value of `model`
render/          writes it: one module for each format

A table has two columns, because Cost Explorer groups by two things. `derive` and `lines` compute the lines of a report
from tables by project, exactly or not at all. `labels`, `unallocated`, `reconciliation`, `cost_changes`, `forecast` and
`missing_data` compute other parts. A module imports only from steps before its own; all may use `model` and `periods`.
"""
