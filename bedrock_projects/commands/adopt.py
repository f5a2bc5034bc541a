"""`bedrock-projects adopt`: writes an account's existing projects as an inventory (read-only in AWS)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import suggestions
from bedrock_projects.adoption import inventory_file
from bedrock_projects.adoption.inventory_file import InventoryFile
from bedrock_projects.adoption.plan import ListedProject, Plan
from bedrock_projects.adoption.plan import plan as plan_adoption
from bedrock_projects.adoption.proposals import propose_name_format
from bedrock_projects.aws.credentials import Credentials, account_mismatch
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.aws.session import configured_region
from bedrock_projects.commands import options
from bedrock_projects.errors import InventoryError, SettingsError
from bedrock_projects.files import write
from bedrock_projects.limits import ENVIRONMENT_NAME, UNMANAGED_ID
from bedrock_projects.model import Environment, TagKey
from bedrock_projects.projects.shared_listing import SharedListing
from bedrock_projects.stacks.access import role_of
from bedrock_projects.terminal import Line, Style, Styled, progress, show

_EXAMPLES = 5
EXAMPLES = options.examples(
    "adopt --environment dev --into projects.yaml",
    "adopt --region us-east-1 --map-tag team=Team",
)


def adopt(
    *,
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            callback=options.checked_by(ENVIRONMENT_NAME),
            help="Environment (default: that of the account, else dev).",
        ),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION",
            callback=options.aws_regions,
            help="Region to list (repeatable; default: the environment's region).",
        ),
    ] = None,
    endpoint: Annotated[
        options.EndpointName | None, typer.Option(help="Endpoint to list (default: the environment's endpoint).")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Add to this inventory (default: print a new one).")
    ] = None,
    map_tag: Annotated[
        list[str] | None, typer.Option(metavar="FROM=TO", help="Declare tag FROM as TO (repeatable).")
    ] = None,
    profile: options.Profile = None,
    auth: options.SignedBy = options.Auth.SIGV4,
) -> None:
    """Write an inventory of an account's existing projects.

    Changes nothing in AWS. Exit codes: 0 done, 1 refused or failed (nothing written), 2 wrong usage.
    """
    renamed = dict(map(_renaming, map_tag or ()))
    file = inventory_file.read_file(into) if into and into.exists() else None
    source = _source(environment, endpoint, region or (), file, Credentials(profile=profile, auth=auth.value))
    projects = _look(source.credentials, source.places)
    file = file or inventory_file.new_file(source.account)
    target = source.environment or _new_environment(environment or "dev", source, projects)
    plan = plan_adoption(projects, inventory_file.target_of(file, target), renamed_tags=renamed)
    text = inventory_file.with_projects(file, plan, target) if plan.adopted or not file.inventory else file.text
    try:
        inventory = inventory_file.check(text, file, into)
    except InventoryError:
        typer.echo(
            "Nothing was written, because the result would be invalid (`enforce: warn` accepts legacy tags):", err=True
        )
        show(*_likely_renamings(plan, file), err=True)
        raise
    if into is None:
        typer.echo(text, nl=False)
    elif text != file.text or not into.exists():
        write(text, into)
    changes = inventory_file.retagged(plan, inventory, target)
    placed = inventory_file.placed(plan, inventory, file, target)
    show(*_report(plan, target, source, changes=changes, placed=placed), err=True)
    show(*_idle_renamings(renamed, projects), err=True)


@dataclass(frozen=True)
class _Source:
    """Where the projects are: the account, its environment if the file has one, and the places to list."""

    credentials: Credentials
    account: str
    environment: Environment | None
    places: Sequence[RegionalEndpoint]


def _source(
    name: str | None,
    endpoint: options.EndpointName | None,
    regions: Sequence[str],
    file: InventoryFile | None,
    credentials: Credentials,
) -> _Source:
    """What the options say, else the environment in the file, else the account of the credentials."""
    known = file.inventory.environments if file and file.inventory else {}
    # Without a name, the account of the credentials as they are says which environment it is.
    credentials = credentials.assuming(role_of(known.get(name or ""), reads_only=True))
    likely = sorted(known.values(), key=lambda environment: environment.name != name)
    # The account decides which environment it is, so it is asked by what is likely.
    account = _account(
        credentials, [*regions, *_regions_of(likely)], _endpoint(endpoint, likely[0] if likely else None, file)
    )
    environment = _known(known, name, credentials=credentials, account=account)
    at = _endpoint(endpoint, environment, file)
    places = [
        RegionalEndpoint(region, at) for region in dict.fromkeys(regions or _usual_regions(credentials, environment))
    ]
    return _Source(credentials, account, environment, places)


def _renaming(option: str) -> tuple[str, str]:
    before, _, after = option.partition("=")
    if not before or not after or before == after:
        raise typer.BadParameter(f"--map-tag {option!r}: write FROM=TO, such as team=Team")
    return before, after


def _likely_renamings(plan: Plan, file: InventoryFile) -> Iterator[str]:
    """What to add if projects have a key that the file declares in other letters."""
    declared = {key.casefold(): key for key in (file.inventory.tag_keys if file.inventory else ())}
    for key in plan.tag_keys:
        if meant := declared.get(key.key.casefold()):
            yield f"add `--map-tag {key.key}={meant}` to declare the tag {key.key} as {meant}"


def _idle_renamings(renamed: Mapping[str, str], projects: Sequence[ListedProject]) -> Iterator[str]:
    """A line for each `--map-tag` of a key that no project has: it may be misspelt, or a key of another account."""
    carried = {key for listed in projects for key in listed.project.tags}
    for before, after in renamed.items():
        if before not in carried:
            known = f"the tag {before!r}; {suggestions.did_you_mean(before, carried)}" if carried else "a tag"
            yield f"--map-tag {before}={after}: no project here has {known}"


def _regions_of(environments: Iterable[Environment]) -> list[str]:
    return [environment.region for environment in environments if environment.region]


def _usual_regions(credentials: Credentials, environment: Environment | None) -> list[str]:
    """The environment's region, else that of the AWS configuration, since this command only reads."""
    return [(environment and environment.region) or configured_region(credentials)]


def _endpoint(
    chosen: options.EndpointName | None, environment: Environment | None, file: InventoryFile | None
) -> Endpoint:
    """The endpoint of the option, else the environment's, else that of a new environment in the file."""
    default = environment.endpoint if environment else file.base_endpoint if file else MANTLE.name
    return ENDPOINTS[chosen.value if chosen else default]


def _account(credentials: Credentials, regions: Sequence[str], endpoint: Endpoint) -> str:
    """The account of the credentials; the request goes to the first region, or that of the AWS configuration."""
    region, *_ = regions or _usual_regions(credentials, None)
    return caller_account(credentials, open_projects_api(credentials, RegionalEndpoint(region, endpoint)))


def _look(credentials: Credentials, places: Sequence[RegionalEndpoint]) -> list[ListedProject]:
    apis = [open_projects_api(credentials, where) for where in places]
    listed: list[ListedProject] = []
    with progress("Listing projects") as say:
        for api in apis:
            say(f"Listing projects in {api.where}")
            listed += (ListedProject.of(project, api.where) for project in SharedListing(api).look().projects)
    return listed


def _known(
    known: Mapping[str, Environment], name: str | None, *, credentials: Credentials, account: str
) -> Environment | None:
    """The environment in the file; without a name, the one of this account."""
    if name is None and known:
        fitting = [environment.name for environment in known.values() if environment.account == account]
        if len(fitting) != 1:
            match = f"environments {', '.join(fitting)} share" if fitting else "no environment in the file has"
            raise SettingsError(f"{match} account {account}; give `--environment`")
        name = fitting[0]
    environment = known.get(name) if name else None
    expected, of = (environment.account, f"environment {environment.name!r}") if environment else (None, "")
    mismatch = account_mismatch(credentials, account, expected=expected, of=of)
    if mismatch:
        raise SettingsError(f"{mismatch}; nothing was written")
    return environment


def _new_environment(name: str, source: _Source, projects: Sequence[ListedProject]) -> Environment:
    """A new environment with the name format of most projects."""
    names = [listed.name for listed in projects if listed.project.status == "active"]
    where, *_ = source.places
    return Environment(
        name=name,
        account=source.account,
        region=where.region,
        endpoint=where.endpoint.name,
        name_format=propose_name_format(names, name),
    )


def _report(
    plan: Plan,
    environment: Environment,
    source: _Source,
    *,
    changes: Mapping[str, str],
    placed: Sequence[str],
) -> Iterator[Line]:
    new = sum(adopted.is_new for adopted in plan.adopted)
    where = " · ".join((environment.name, source.account, ", ".join(map(str, source.places))))
    yield Styled(
        f"{where}: {new} new {'entry' if new == 1 else 'entries'} · "
        f"{len(plan.adopted) - new} paired with entries · {len(plan.known)} known · {len(plan.left_out)} left out "
        f"(and {UNMANAGED_ID})",
        Style.HEADING,
    )
    exact = sum(adopted.is_exact for adopted in plan.adopted)
    if plan.adopted:
        yield f"name_format {environment.name_format!r}: fits {len(plan.adopted) - exact} of {len(plan.adopted)} names"
    for key in plan.tag_keys:
        yield f"tag key {key.key}: {_why(key, plan)}"
    if plan.tag_keys:
        yield "All of these become cost allocation tags; set `cost_allocation: false` for keys that no report needs."
    yield from plan.notes
    if placed:
        entries = suggestions.listed(placed)
        yield f"A group or pattern places {entries} in the new environment: the first `pulumi up` creates the projects."
    if plan.adopted and not changes:
        nothing = "nothing else about them" if placed else "nothing else"
        yield f"The first `pulumi up` adds the ownership tag to each project and changes {nothing}."
    elif changes:
        count = f"{len(changes)} of {len(plan.adopted)}"
        yield f"The first `pulumi up` adds the ownership tag to each project and changes {count} projects:"
        yield from (f"  {key}: {words}" for key, words in list(changes.items())[:_EXAMPLES])
        yield from ["  …"] if len(changes) > _EXAMPLES else []
    yield "Left out:"
    yield f"  {UNMANAGED_ID}: every account has it, and it cannot be managed (no tags, no archiving)"
    yield from _left_out(plan)


def _left_out(plan: Plan) -> Iterator[str]:
    """A line for each project, or one line for many with the same reason, such as archived ones."""
    by_reason: dict[str, list[ListedProject]] = {}
    for listed, reason in plan.left_out:
        by_reason.setdefault(reason, []).append(listed)
    for reason, group in by_reason.items():
        if len(group) > _EXAMPLES:
            names = ", ".join(repr(listed.name) for listed in group[:_EXAMPLES])
            yield f"  {len(group)} projects ({names}, …): each {reason}"
        else:
            yield from (f"  {listed.name!r} ({listed.id}, {listed.where}): {reason}" for listed in group)


def _why(key: TagKey, plan: Plan) -> str:
    words = [f"on {plan.tag_counts[key.key]} of {len(plan.adopted)} projects"]
    words += ["proposed as required"] if key.required else []
    words += [f"{len(key.values)} values listed (each on several projects)"] if key.values else []
    words += ["violations only warn"] if key.enforce == "warn" else []
    return ", ".join(words)
