"""What a pipeline runs besides the other commands: on GitHub, on GitLab, or elsewhere."""
