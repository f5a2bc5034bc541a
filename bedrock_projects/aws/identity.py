"""Whose credentials these are."""

from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.aws.session import Credentials, client_config
from bedrock_projects.errors import RefusedError


def caller_account(credentials: Credentials, client: ProjectsClient) -> str:
    """The account, 12 digits, in which a change by `client` would land; raises ServiceError.

    A Bedrock API key cannot ask STS; its account is read from the ARNs of the projects that it lists, `default` among
    them.
    """
    if credentials.auth == "bearer":
        for project in client.list_all():
            if project.account_id:
                return project.account_id
        raise RefusedError(
            f"the account of {credentials} cannot be told: no project listed in {client.region} has an ARN; "
            "use `auth: sigv4`"
        )
    with translate_errors("asking STS for the account of the credentials", credentials=str(credentials)):
        sts = credentials.session().client("sts", region_name=client.region, config=client_config(attempts=3))
        return str(sts.get_caller_identity()["Account"])
