"""`bedrock-projects iam`: the policies that the pipeline's roles need, and the one that keeps everybody else out."""

from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.commands import options
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.policies import CONTROL_POLICY_LENGTH, Place, Policy, allow
from bedrock_projects.iam.policies import guard as control_policy
from bedrock_projects.printing import for_json

iam = typer.Typer(help="Print IAM policies, made from the calls that this package sends.", no_args_is_help=True)

_INVENTORY = Path("projects.yaml")
_Account = Annotated[
    str | None, typer.Option(metavar="ID", help="The account; by default the environment's, else any.")
]
_Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        callback=options.aws_regions,
        help="A region, repeatable; by default the environment's, else any.",
    ),
]
_InventoryFile = Annotated[Path, typer.Option(metavar="FILE", help="The inventory file.")]
_OfEnvironment = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The environment's inventory file; by default projects.yaml.")
]
_Environment = Annotated[
    str | None, typer.Option(metavar="NAME", help="The environment whose account and regions are meant.")
]
_Bearer = Annotated[bool, typer.Option("--bearer", help="For a stack with `auth: bearer`.")]


@iam.command()
def deploy(
    *,
    account: _Account = None,
    regions: _Regions = None,
    inventory: _OfEnvironment = None,
    environment: _Environment = None,
    bearer: _Bearer = False,
    billing_role_arn: Annotated[
        str | None,
        typer.Option(
            metavar="ARN", callback=options.role_arn, help="The role of the stack's setting `billingRoleArn`."
        ),
    ] = None,
) -> None:
    """Print what `pulumi up`, `refresh` and `destroy` of the projects need."""
    place = _place(account, regions, inventory, environment)
    _show(allow("deploy", place, bearer=bearer, billing_role=billing_role_arn))


@iam.command()
def review(
    *,
    account: _Account = None,
    regions: _Regions = None,
    inventory: _OfEnvironment = None,
    environment: _Environment = None,
    bearer: _Bearer = False,
) -> None:
    """Print what `pulumi preview` and `bedrock-projects doctor` need: reading, nothing else."""
    _show(allow("review", _place(account, regions, inventory, environment), bearer=bearer))


@iam.command()
def billing() -> None:
    """Print what the cost allocation tags and `bedrock-projects backfill` need in the management account."""
    _show(allow("billing", Place()))


@iam.command()
def costs() -> None:
    """Print what `bedrock-projects costs` needs in the account whose costs it reports."""
    _show(allow("costs", Place()))


@iam.command()
def guard(
    *,
    roles: Annotated[
        list[str], typer.Option("--role-arn", metavar="ARN", help="A role of the pipeline, repeatable; may hold `*`.")
    ],
    inventory: _InventoryFile = _INVENTORY,
) -> None:
    """Print a service control policy: only the pipeline changes projects, and required tags are demanded."""
    made = control_policy(roles, inventories.load(inventory))
    _show(made)
    length = len(for_json(made))
    if length > CONTROL_POLICY_LENGTH:
        typer.echo(
            f"This has {length} characters; AWS Organizations takes {CONTROL_POLICY_LENGTH}. Take the indentation out, "
            "and if that is not enough, divide its statements between two policies.",
            err=True,
        )


def _place(account: str | None, regions: list[str] | None, file: Path | None, environment: str | None) -> Place:
    """Account and regions as given, else as the environment has them."""
    if environment is None:
        if file is not None:
            raise typer.BadParameter(
                "give --environment too: it names whose account and regions are read", param_hint="--inventory"
            )
        return Place(account=_checked(account), regions=regions or ())
    contents = inventories.load(file or _INVENTORY)
    declared = contents.environment(environment).account
    if account and declared and account != declared:
        raise SettingsError(f"environment {environment!r} is account {declared}, not {account}; drop --account")
    return Place(account=_checked(account or declared), regions=regions or contents.regions(environment, default=None))


def _checked(account: str | None) -> str | None:
    if account is not None and not (len(account) == 12 and account.isdecimal()):
        raise typer.BadParameter(f"{account!r} is no account; it has 12 digits", param_hint="--account")
    return account


def _show(policy: Policy) -> None:
    typer.echo(for_json(policy))
