"""The real boto3 client of the native Projects API, without its own checks and retries: the server judges."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.mantle import ACCOUNT, REGION

UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
REST = {"GET": "get", "POST": "post"}


def client(
    url: str, service: str = "bedrock", *, account: str = ACCOUNT, region: str = REGION, config: Config = UNCHECKED
) -> Any:
    """A client by access keys."""
    return boto3.client(  # type: ignore[call-overload]  # any service
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=f"local-{account}",
        aws_secret_access_key="local-secret",
        config=config,
    )


def arn(project_id: str, *, service: str = "bedrock", region: str = REGION, account: str = ACCOUNT) -> str:
    """The ARN of a project."""
    return f"arn:aws:{service}:{region}:{account}:project/{project_id}"


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the API takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


class Native:
    """Projects of one account in one region."""

    def __init__(self, url: str, *, account: str = ACCOUNT, region: str = REGION) -> None:
        self.bedrock = client(url, account=account, region=region)

    def create(self, name: str = "Chat", tags: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
        """A new project that must succeed."""
        tagged = {"tags": pairs(tags)} if tags is not None else {}
        return fields_of(self.bedrock.create_project(name=name, **tagged, **fields))

    def get(self, identifier: str) -> dict[str, Any]:
        """One project."""
        return fields_of(self.bedrock.get_project(projectIdentifier=identifier))

    def listed(self, **parameters: Any) -> list[str]:
        """The names on a page."""
        return [project["name"] for project in self.bedrock.list_projects(**parameters)["projectSummaries"]]

    def tags(self, project_id: str) -> dict[str, str]:
        """The tags of a project, as ListTagsForResource shows them."""
        items = self.bedrock.list_tags_for_resource(resourceARN=arn(project_id))["tags"]
        return {item["key"]: item["value"] for item in items}

    def tag(self, project_id: str, tags: dict[str, str]) -> None:
        """Adds tags."""
        self.bedrock.tag_resource(resourceARN=arn(project_id), tags=pairs(tags))

    def untag(self, project_id: str, *keys: str) -> None:
        """Takes tags away."""
        self.bedrock.untag_resource(resourceARN=arn(project_id), tagKeys=list(keys))

    def archived(self) -> str:
        """The id of a new archived project."""
        project_id = str(self.create()["id"])
        self.bedrock.archive_project(projectIdentifier=project_id)
        return project_id

    def refusal(self, operation: str, **parameters: Any) -> tuple[int, str, str]:
        """Status, code and message of a call that must be refused."""
        try:
            answer = getattr(self.bedrock, operation)(**parameters)
        except ClientError as error:
            return (error.response["ResponseMetadata"]["HTTPStatusCode"], *_code(error))
        raise AssertionError(answer)


def _code(error: ClientError) -> tuple[str, str]:
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def fields_of(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what botocore adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
