"""Turns the existing projects of an account into entries of an inventory."""
