"""The dynamic resources. Module paths, class names and type tokens here are part of users' state: they stay."""
