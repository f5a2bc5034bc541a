"""Whose credentials these are."""

from bedrock_projects.arns import account_in
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects import ProjectsApi
from bedrock_projects.aws.session import BILLING_REGION, open_client, sts_config
from bedrock_projects.errors import RefusedError


def caller_account(credentials: Credentials, projects: ProjectsApi) -> str:
    """The account, 12 digits, in which a change by `projects` would land; raises ServiceError.

    A Bedrock API key cannot ask STS; its account is read from the ARN of a project, `default` being one.
    """
    if credentials.auth == "bearer":
        account = projects.account_id()
        if account is None:
            raise RefusedError(
                f"the account of {credentials} is unknown: no project listed in {projects.where} has an ARN; "
                "use `auth: sigv4`"
            )
        return account
    # STS in the region of the projects: a network may let nothing else out.
    return _ask_sts(credentials, region=projects.where.region)


def billing_account(credentials: Credentials) -> str:
    """The account whose Billing these credentials reach, 12 digits; raises ServiceError.

    The ARN of a role says it. Without a role, STS is asked, which takes no permission.
    """
    return account_in(credentials.role_arn or "") or _ask_sts(credentials, region=BILLING_REGION)


def _ask_sts(credentials: Credentials, *, region: str) -> str:
    sts = open_client("sts", credentials, region=region, config=sts_config())
    with translate_errors("asking STS for the account of the credentials", credentials=str(credentials)):
        return str(sts.get_caller_identity()["Account"])
