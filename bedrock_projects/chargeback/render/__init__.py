"""Statements as text, CSV, JSON, HTML and workbooks."""
