"""Whose credentials these are."""

from bedrock_projects.arns import account_in
from bedrock_projects.aws.credentials import Credentials, account_mismatch
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects import ProjectsApi
from bedrock_projects.aws.session import BILLING_REGION, open_client, sts_config
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Billing


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


def billing_mismatch(credentials: Credentials, billing: Billing | None) -> str | None:
    """Why these credentials are not for the account of `billing`; None if they are, or if there is no `billing`.

    Raises ServiceError.
    """
    if billing is None:
        return None
    account = billing_account(credentials)
    return account_mismatch(credentials, account, expected=billing.account, of="Billing (`billing.account`)")


def _ask_sts(credentials: Credentials, *, region: str) -> str:
    sts = open_client("sts", credentials, region=region, config=sts_config())
    with translate_errors("asking STS for the account of the credentials", credentials=str(credentials)):
        return str(sts.get_caller_identity()["Account"])
