"""Shows what a change to the inventory will do, without credentials."""
