"""AWS Data Exports (CUR 2.0) as a source of costs: the files that an export delivered, read without a request for them.

`manifests` says which files are the newest delivery, `stores` where files are, `schema` what they must have, `lines`
reads them by DuckDB (extra `exports`), and `fetch` makes the tables of a report.
"""
