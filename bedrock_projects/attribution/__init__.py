"""How an application names its project, and the proof that its requests count there."""
