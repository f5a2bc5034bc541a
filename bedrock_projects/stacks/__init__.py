"""A stack of Pulumi: its settings, its files, its outputs."""
