"""Decides which tag keys are cost allocation tags, and their status in Billing."""
