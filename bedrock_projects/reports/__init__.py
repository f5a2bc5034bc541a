"""Cost reports: from Cost Explorer's answers to a finished report, and what writes it."""
