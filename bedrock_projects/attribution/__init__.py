"""How an application names its project, and the check that its requests are attributed to it."""
