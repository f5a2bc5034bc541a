"""AWS Billing (`ce`): cost allocation tags, and Cost Explorer over what was metered."""
