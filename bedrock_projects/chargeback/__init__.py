"""A month's chargeback: whose cost it is, by rules, exactly, and rounded once."""
