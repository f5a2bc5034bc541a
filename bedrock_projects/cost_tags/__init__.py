"""Which tag keys are cost allocation tags, and how far Billing has them."""
