"""`bedrock-projects iam`: prints policies, and the templates of the roles that have them."""

import enum
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
from bedrock_projects.iam import cloudformation, terraform
from bedrock_projects.iam.applications import application_policy
from bedrock_projects.iam.exports import creating_policy, reading_policy
from bedrock_projects.iam.policies import CONTROL_POLICY_LENGTH, Place, Policy, allow, place_of
from bedrock_projects.iam.policies import guard as control_policy
from bedrock_projects.iam.roles import Hub, Trust, billing_roles, hub_policy, roles_of
from bedrock_projects.iam.roles import github as on_github
from bedrock_projects.iam.roles import gitlab as on_gitlab
from bedrock_projects.printing import for_json
from bedrock_projects.stacks.outputs import catalogue_and_source
from bedrock_projects.suggestions import did_you_mean
from bedrock_projects.terminal import show

iam = typer.Typer(
    help="Print the IAM policies that this package needs.",
    epilog=options.examples("iam deploy --environment prod", "iam billing"),
    no_args_is_help=True,
)

_Account = Annotated[
    str | None,
    typer.Option(metavar="ID", callback=options.account, help="Account (default: the environment's, else any)."),
]
_Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="REGION",
        callback=options.aws_regions,
        help="Region (repeatable; default: the environment's, else any).",
    ),
]
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
    """Print the policy for tags, backfills and `accounts`.

    It belongs to a role in the management account.
    """
    _show(allow("billing", Place()))


@iam.command(cls=options.Command, epilog=options.examples("iam costs", "iam costs > costs-policy.json"))
def costs() -> None:
    """Print the policy for `costs` and `chargeback`.

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
    account: Annotated[
        str | None, typer.Option(metavar="ID", callback=options.account, help="Account (default: any).")
    ] = None,
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
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
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
    catalogue: options.Catalogue = None,
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
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
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


class RolesFormat(str, enum.Enum):
    """What creates the roles."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


@iam.command(
    cls=options.Command,
    epilog=options.examples(
        "iam roles --github acme/bedrock-projects",
        "iam roles --gitlab acme/infra --format terraform",
    ),
)
def roles(
    *,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
    environments: Annotated[
        list[str] | None,
        typer.Option("--environment", metavar="NAME", help="Environment, group or pattern (repeatable; default: all)."),
    ] = None,
    billing: Annotated[bool, typer.Option("--billing", help="The roles of `billing` instead.")] = False,
    github: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Trust jobs of this repository on GitHub.")
    ] = None,
    gitlab: Annotated[
        str | None, typer.Option(metavar="GROUP/PROJECT", help="Trust jobs of this project on GitLab (path or URL).")
    ] = None,
    hub_role_arn: Annotated[
        str | None, typer.Option(metavar="ARN", callback=options.role_arn, help="Trust this role of a hub.")
    ] = None,
    preview_hub_role_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", callback=options.role_arn, help="The same for previews (default: --hub-role-arn)."),
    ] = None,
    output: Annotated[
        RolesFormat, typer.Option("--format", help="A template for a StackSet, or a module.")
    ] = RolesFormat.CLOUDFORMATION,
) -> None:
    """Print what creates the roles in all accounts.

    The roles are `role_arn` and `preview_role_arn` of the inventory; each account gets the same. Give one of --github,
    --gitlab and --hub-role-arn: who may assume them.
    """
    trust = _trust(github, gitlab, hub_role_arn, preview_hub_role_arn)
    contents = inventories.load(inventory)
    if billing and environments:
        raise typer.BadParameter("--billing has no environments; leave out one of the two")
    account = cloudformation.ACCOUNT if output is RolesFormat.CLOUDFORMATION else terraform.ACCOUNT
    if billing:
        made = billing_roles(contents, trust, account=account)
    else:
        names = contents.select(environments) if environments else tuple(contents.environments)
        made = roles_of(contents, names, trust, account=account)
    description = f"Roles of bedrock-projects for inventory {contents.name}{', billing' if billing else ''}."
    if output is RolesFormat.TERRAFORM:
        typer.echo(terraform.module_of(made, trust, description=description), nl=False)
        return
    text = for_json(cloudformation.template_of(made, trust, description=description))
    typer.echo(text)
    if len(text.encode()) > cloudformation.MOST_BYTES:
        show(
            f"The template has {len(text.encode())} bytes; above {cloudformation.MOST_BYTES} AWS takes it from a "
            "bucket: use `--template-url`.",
            err=True,
        )


@iam.command(cls=options.Command, epilog=options.examples("iam hub", "iam hub --preview > preview-hub-policy.json"))
def hub(
    *,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
    preview: Annotated[bool, typer.Option("--preview", help="For previews: roles that only read.")] = False,
) -> None:
    """Print the policy of a hub's role, which assumes all others.

    Each of them must trust it: `iam roles --hub-role-arn`.
    """
    _show(hub_policy(inventories.load(inventory), "preview" if preview else "deploy"))


def _trust(github: str | None, gitlab: str | None, hub_arn: str | None, preview_arn: str | None) -> Trust:
    """The one trust that is given; a usage error if it is another number."""
    if preview_arn and not hub_arn:
        raise typer.BadParameter("--preview-hub-role-arn needs --hub-role-arn; add it")
    given = [value for value in (github, gitlab, hub_arn) if value]
    if len(given) != 1:
        raise typer.BadParameter("give one of --github, --gitlab and --hub-role-arn")
    if hub_arn:
        return Hub(role_arns={"deploy": hub_arn, "preview": preview_arn or hub_arn})
    return on_github(github) if github else on_gitlab(given[0])


def _place(account: str | None, regions: list[str] | None, file: Path | None, environment: str | None) -> Place:
    """Account and regions from the options, else from the environment."""
    if environment is None:
        if file is not None:
            raise typer.BadParameter("give --environment too, to use its account and regions", param_hint="--inventory")
        return Place(account=account, regions={MANTLE: regions or ()})
    contents = inventories.load(file or options.USUAL_INVENTORY)
    declared = contents.environment(environment).account
    if account and declared and account != declared:
        raise SettingsError(f"environment {environment!r} is account {declared}, not {account}; omit --account")
    return place_of(contents, environment, account=account, regions=regions or ())


def _show(policy: Policy) -> None:
    typer.echo(for_json(policy))
