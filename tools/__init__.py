"""What builds, runs and shows the product, and is not part of it."""
