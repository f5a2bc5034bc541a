"""The checks as requests to AWS: `guest` sends them, a module for each group reads the answers, `run` calls them."""
