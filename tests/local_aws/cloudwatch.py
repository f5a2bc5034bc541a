"""CloudWatch's metrics of `bedrock-mantle`, put there as the service would."""

from datetime import datetime
from typing import Any

import boto3

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION


class CloudWatch:
    """Puts metric data, in one account and region."""

    def __init__(self, aws: LocalAws, region: str = REGION) -> None:
        self.client: Any = boto3.client(
            "cloudwatch",
            endpoint_url=aws.url,
            region_name=region,
            aws_access_key_id=f"local-{ACCOUNT}",
            aws_secret_access_key="local-secret",
        )

    def put(self, count: int, at: datetime, metric: str = "Inferences", **dimensions: str) -> None:
        """One value of `AWS/BedrockMantle`."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        datum = {"MetricName": metric, "Value": count, "Unit": "Count", "Timestamp": at, "Dimensions": named}
        self.client.put_metric_data(Namespace="AWS/BedrockMantle", MetricData=[datum])
