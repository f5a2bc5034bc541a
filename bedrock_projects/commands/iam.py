"""`bedrock-projects iam`: prints the policies of the pipeline's roles, and one that denies all others."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.attribution.catalogue import project_in
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE
from bedrock_projects.commands import options
from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.applications import application_policy
from bedrock_projects.iam.exports import creating_policy, reading_policy
from bedrock_projects.iam.policies import CONTROL_POLICY_LENGTH, Place, Policy, allow, place_of
from bedrock_projects.iam.policies import guard as control_policy
from bedrock_projects.printing import for_json
from bedrock_projects.stacks.outputs import catalogue_and_source
from bedrock_projects.suggestions import did_you_mean
from bedrock_projects.terminal import show

iam = typer.Typer(
    help="Print the IAM policies that this package needs.",
    epilog=options.examples("iam deploy --environment prod", "iam billing"),
    no_args_is_help=True,
)

_INVENTORY = Path("projects.yaml")
_Account = Annotated[str | None, typer.Option(metavar="ID", help="Account (default: the environment's, else any).")]
_Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="REGION",
        callback=options.aws_regions,
        help="Region (repeatable; default: the environment's, else any).",
    ),
]
_InventoryFile = Annotated[Path, typer.Option(metavar="FILE", help="Inventory.")]
_OfEnvironment = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Inventory of the environment (default: projects.yaml).")
]
_Environment = Annotated[
    str | None, typer.Option(metavar="NAME", help="Use the account and regions of this environment.")
]
_Bearer = Annotated[bool, typer.Option("--bearer", help="For a stack with `auth: bearer`.")]


@iam.command(
    cls=options.Command,
    epilog=options.examples("iam deploy --environment prod", "iam deploy --account 111111111111 --region us-west-2"),
)
def deploy(
    *,
    account: _Account = None,
    regions: _Regions = None,
    inventory: _OfEnvironment = None,
    environment: _Environment = None,
    bearer: _Bearer = False,
    billing_role_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", callback=options.role_arn, help="Role of the stack's setting `billingRoleArn`."),
    ] = None,
) -> None:
    """Print the policy for `pulumi up`, `refresh` and `destroy`.

    An environment with entries on `bedrock-runtime` gets the actions of that endpoint too. Their names are inferred;
    nobody has evaluated them on a live account yet.
    """
    place = _place(account, regions, inventory, environment)
    _show(allow("deploy", place, bearer=bearer, billing_role=billing_role_arn))


@iam.command(
    cls=options.Command,
    epilog=options.examples("iam review --environment prod", "iam review --account 111111111111 --bearer"),
)
def review(
    *,
    account: _Account = None,
    regions: _Regions = None,
    inventory: _OfEnvironment = None,
    environment: _Environment = None,
    bearer: _Bearer = False,
) -> None:
    """Print the read-only policy for previews and checks.

    The checks are `doctor` and `audit`. For `bedrock-runtime` see `iam deploy --help`.
    """
    _show(allow("review", _place(account, regions, inventory, environment), bearer=bearer))


@iam.command(cls=options.Command, epilog=options.examples("iam billing", "iam billing > billing-policy.json"))
def billing() -> None:
    """Print the policy for cost allocation tags and backfills.

    It belongs to a role in the management account.
    """
    _show(allow("billing", Place()))


@iam.command(cls=options.Command, epilog=options.examples("iam costs", "iam costs > costs-policy.json"))
def costs() -> None:
    """Print the policy for `bedrock-projects costs`.

    It belongs to a role in the account of the reported costs.
    """
    _show(allow("costs", Place()))


@iam.command(
    cls=options.Command,
    epilog=options.examples("iam conformance read-only", "iam conformance read-only --account 111111111111 --bearer"),
)
def conformance(
    level: Annotated[Level, typer.Argument(metavar="LEVEL", help="read-only, create, paid or follow-up.")],
    *,
    account: Annotated[str | None, typer.Option(metavar="ID", help="Account (default: any).")] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--region", metavar="REGION", callback=options.aws_regions, help="Region (repeatable; default: any)."
        ),
    ] = None,
    bearer: Annotated[bool, typer.Option("--bearer", help="With a check of a Bedrock API key.")] = False,
) -> None:
    """Print the policy for `bedrock-projects conformance`.

    The actions of `bedrock-runtime` are inferred; nobody has evaluated them on a live account yet.
    """
    everywhere = dict.fromkeys(ENDPOINTS.values(), regions or ())
    _show(policy_of(level, Place(account=account, regions=everywhere), bearer=bearer))


@iam.command(
    cls=options.Command,
    epilog=options.examples(
        "iam guard --role-arn arn:aws:iam::111111111111:role/deploy",
        "iam guard --role-arn 'arn:aws:iam::*:role/bedrock-projects'",
    ),
)
def guard(
    *,
    roles: Annotated[
        list[str], typer.Option("--role-arn", metavar="ARN", help="Role of the pipeline (repeatable; may contain `*`).")
    ],
    inventory: _InventoryFile = _INVENTORY,
) -> None:
    """Print a service control policy that protects projects.

    It denies changes by all but the pipeline, and new projects without the required tags. For `bedrock-runtime` see
    `iam deploy --help`.
    """
    made = control_policy(roles, inventories.load(inventory))
    _show(made)
    length = len(for_json(made))
    if length > CONTROL_POLICY_LENGTH:
        show(
            f"The policy has {length} characters; AWS Organizations takes {CONTROL_POLICY_LENGTH}. Remove the "
            "indentation; if that is not enough, split the statements between two policies.",
            err=True,
        )


@iam.command(
    cls=options.Command,
    epilog=options.examples(
        "iam application search chat --environment prod",
        "iam application chat --environment dev > chat-policy.json",
    ),
)
def application(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Entry keys of the application's projects.")],
    *,
    environment: Annotated[str, typer.Option(metavar="NAME", help="Environment of the application.")],
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Catalogue to read instead of the stack's outputs.")
    ] = None,
    deny_default_project: Annotated[
        bool, typer.Option("--deny-default-project", help="Deny requests that name no project.")
    ] = False,
) -> None:
    """Print the policy for an application and its projects.

    On `bedrock-runtime` it also names the models. AWS documents these permissions since 2026-11-20; nobody has
    evaluated them on a live account yet.
    """
    loaded_catalogue, source = catalogue_and_source(environment, catalogue)
    projects = [project_in(loaded_catalogue, key, environment, source=source) for key in dict.fromkeys(keys)]
    arns = {
        endpoint: [project.arn for project in projects if project.of is endpoint]
        for endpoint in dict.fromkeys(project.of for project in projects)
    }
    _show(application_policy(arns, deny_default=deny_default_project))


@iam.command(
    cls=options.Command,
    epilog=options.examples("iam export acme-cur2", "iam export bedrock --create > export-policy.json"),
)
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Data export of the inventory.")],
    *,
    inventory: _InventoryFile = _INVENTORY,
    create: Annotated[bool, typer.Option("--create", help="For the role that creates the export.")] = False,
) -> None:
    """Print the policy for reading or creating a data export.

    It belongs to a role in the account of the bucket, which for `--create` is the management account. If AWS KMS
    encrypts the objects, readers need kms:Decrypt on the key too.
    """
    exports = {known.name: known for known in inventories.load(inventory).exports}
    if name not in exports:
        advice = did_you_mean(name, exports) if exports else "it has no `exports`; add one"
        raise SettingsError(f"unknown export {name!r} in {inventory}; {advice}")
    _show((creating_policy if create else reading_policy)(exports[name]))


def _place(account: str | None, regions: list[str] | None, file: Path | None, environment: str | None) -> Place:
    """Account and regions from the options, else from the environment."""
    if environment is None:
        if file is not None:
            raise typer.BadParameter("give --environment too, to use its account and regions", param_hint="--inventory")
        return Place(account=_checked(account), regions={MANTLE: regions or ()})
    contents = inventories.load(file or _INVENTORY)
    declared = contents.environment(environment).account
    if account and declared and account != declared:
        raise SettingsError(f"environment {environment!r} is account {declared}, not {account}; omit --account")
    return place_of(contents, environment, account=_checked(account), regions=regions or ())


def _checked(account: str | None) -> str | None:
    if account is not None and not (len(account) == 12 and account.isdecimal()):
        raise typer.BadParameter(f"{account!r} is not an account id; give its 12 digits", param_hint="--account")
    return account


def _show(policy: Policy) -> None:
    typer.echo(for_json(policy))
