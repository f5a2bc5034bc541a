"""What a change of the inventory will do, without credentials."""
