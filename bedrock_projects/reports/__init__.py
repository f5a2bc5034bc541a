"""Cost reports, in four steps: request, fetch, report, render.

request          the options, parsed and checked
query            that request as queries to Cost Explorer
fetch, answers   send the queries; read the answers as tables of exact amounts
report           computes the finished report, a value of `model`
render/          writes it: one module for each format

`report` takes its parts from `project_names`, `unallocated`, `cost_changes`, `forecast` and `missing_data`. A module
imports only from steps before its own; all of them may use `model` and `periods`.
"""
