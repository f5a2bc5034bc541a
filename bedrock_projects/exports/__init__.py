"""AWS Data Exports (CUR 2.0) as a source of costs: the files that an export delivered, read without a request for them.

`manifests` says which files are the newest delivery, `stores` where files are. `layout` is what a report reads of each
line, `cur2` how a table of AWS has it, `loading` reads the lines by DuckDB (extra `exports`), `lines` answers from
them, and `fetch` makes the tables of a report.
"""
