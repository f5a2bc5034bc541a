"""What is looked at before any resource is declared."""
