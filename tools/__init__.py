"""What builds, runs and shows the product, and is no part of it."""
