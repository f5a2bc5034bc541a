"""Service Quotas (`servicequotas`): what it lists of Amazon Bedrock, and the usage of projects in CloudWatch."""
