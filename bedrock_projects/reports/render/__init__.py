"""Writes a finished report: one module for each format, and what several of them share."""
