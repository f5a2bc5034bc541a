"""What nobody knows of the live service, as checks that settle it: data here, the requests below `live`.

`checks` has the types, a module for each level its table, `table` all of them. `report` is what may be posted.
"""
