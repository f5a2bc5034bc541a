"""What the program declares."""
