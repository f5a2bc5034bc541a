"""From the projects of an account to entries of an inventory."""
