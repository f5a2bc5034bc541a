"""What a project should be, what it is, and the one change that closes the gap."""
