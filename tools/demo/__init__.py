"""`make demo`: the whole way on a local AWS, from the inventory to the line in the cost report."""
