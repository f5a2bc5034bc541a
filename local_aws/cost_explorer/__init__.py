"""Cost allocation tags of AWS Billing (`ce`)."""
