"""What a run of a stack would meet."""
