"""What the account has, beside what the inventory says."""
