"""A stand-in for Pulumi's AWS provider, for tests only: its plugin can't be had where only registries are reachable.

It speaks the engine's protocol and makes the types that the program declares, through boto3, in the AWS that
AWS_ENDPOINT_URL names. What moto has (Budgets, SSM, IAM, S3) is made there. What moto lacks is kept in a file of the
stand-in's own (`kept.json`): anomaly monitors, subscriptions and data exports, after their requests were held against
botocore's model of the service, and the tags of budgets. It shows that the engine runs the real program; it does not
show that the real provider or the real service accepts the inputs.
"""
