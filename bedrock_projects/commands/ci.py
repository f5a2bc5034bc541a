"""`bedrock-projects ci`: the steps of a pipeline."""

import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.ci import runs
from bedrock_projects.ci.comments import comments_of
from bedrock_projects.ci.git import folder_in_repository
from bedrock_projects.ci.pulumi_cli import RELEASES, install_pulumi, pinned
from bedrock_projects.ci.review_comment import review_comment, with_table
from bedrock_projects.ci.shards import shards_of
from bedrock_projects.ci.touched import PROGRAM, touched_since
from bedrock_projects.commands import options
from bedrock_projects.errors import PipelineError
from bedrock_projects.files import made_folder, read_text, write
from bedrock_projects.fleet.configuration import read_program
from bedrock_projects.fleet.deployments import Source, settings_of_stacks
from bedrock_projects.fleet.stacks import stacks_of
from bedrock_projects.fleet.tables import differing, markdown, read_tables
from bedrock_projects.printing import for_json
from bedrock_projects.terminal import show

ci = typer.Typer(
    help="Run a step of a pipeline.",
    epilog=options.examples("ci touched HEAD^1", "ci deploy prod"),
    no_args_is_help=True,
)

_Base = Annotated[str, typer.Argument(metavar="BASE", help="The git revision before the change.")]
_Stack = Annotated[str, typer.Argument(metavar="STACK", help="Stack of the program in the current folder.")]


@ci.command(
    cls=options.Command,
    epilog=options.examples("ci touched HEAD^1", "ci touched origin/main --shards 8"),
)
def touched(
    *,
    base: _Base,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
    shards: options.Shards = None,
    shard: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Only the environments of this job, from 1.")
    ] = None,
) -> None:
    """List the environments that HEAD changes, as JSON.

    A change of the program, Pulumi.yaml or the pinned versions touches all environments; one of `Pulumi.<stack>.yaml`
    touches the environment of that name. If BASE is unknown or has no inventory, all are listed.
    With `--shards`, each item is what one job of a pipeline deploys; `--shard` lists the environments of one item.
    """
    if shard is not None and shards is None:
        raise typer.BadParameter("--shard is one of --shards; add --shards")
    names = touched_since(base, inventory)
    listed: Sequence[object] = names
    if shards is not None:
        divided = shards_of(inventories.load(inventory), shards, only=names)
        own = (item.environments for item in divided if item.shard == shard)
        listed = [asdict(item) for item in divided] if shard is None else next(own, ())
    typer.echo(for_json(listed, indent=None))


@ci.command(
    cls=options.Command,
    epilog=options.examples("ci review main > review.md", "ci review main proposed --inventory projects.yaml"),
)
def review(
    *,
    base: _Base,
    head: Annotated[
        str | None,
        typer.Argument(metavar="HEAD", help="The proposed git revision (default: the current inventory file)."),
    ] = None,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
) -> None:
    """Print the review of a change as a comment (offline).

    The inventories are data: no code of either revision runs. Exit codes: 0 reviewed, 1 no review; the comment says
    why.
    """
    text, is_reviewed = review_comment(base, head, inventory)
    typer.echo(text, nl=False)
    if not is_reviewed:
        raise typer.Exit(1)


@ci.command(cls=options.Command, epilog=options.examples("ci comment review.md", "ci comment comments/review.md"))
def comment(*, file: Annotated[Path, typer.Argument(metavar="FILE", help="The comment, from `ci review`.")]) -> None:
    """Write the comment of a pull or merge request, or update it.

    On GitHub it needs GH_TOKEN, the token of the job. On GitLab it needs REVIEW_TOKEN, a project access token with the
    role Reporter and the scope `api`.
    """
    text = read_text(file)
    comments_of(os.environ).put(text)


@ci.command(cls=options.Command, epilog=options.examples("ci table tables", "ci table tables --after review.md"))
def table(
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="JSON files of `run … --format json`.")],
    after: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The comment, from `ci review`, to print before the table.")
    ] = None,
    unchanged: Annotated[bool, typer.Option("--unchanged", help="Fail if a stack drifted or would change.")] = False,
) -> None:
    """Print one table of all jobs, as Markdown.

    Exit codes: 0 printed, 1 a file is not what `run` writes, or with `--unchanged` a stack differs.
    """
    tables = read_tables(folder)
    text = markdown(tables)
    typer.echo(text if after is None else with_table(read_text(after), text), nl=False)
    if unchanged and (stacks := differing(tables)):
        raise PipelineError(
            f"AWS is not as the inventory says: {', '.join(stacks)}. To correct AWS, deploy the stacks; to keep the "
            "change, write it into the inventory"
        )


@ci.command(
    cls=options.Command,
    epilog=options.examples(
        'ci deployments --repository a/b --role-arn "$ROLE"',
        'ci deployments --repository a/b --role-arn "$ROLE" --into f',
    ),
)
def deployments(
    *,
    repository: Annotated[str, typer.Option(metavar="OWNER/NAME", help="Repository on GitHub.")],
    role_arn: Annotated[str, typer.Option(metavar="ARN", help="Role that trusts Pulumi Cloud.")],
    branch: Annotated[str, typer.Option(metavar="NAME", help="Branch to deploy.")] = "main",
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a file for each stack (default: stdout).")
    ] = None,
) -> None:
    """Print the settings of all stacks for Pulumi Deployments.

    Sends nothing: each is the body of a request to Pulumi Cloud. Nobody has tried them there yet.
    """
    options.role_arn(role_arn)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise typer.BadParameter(f"{repository!r} is not a repository; write owner/name")
    program = read_program(Path())
    contents = inventories.load(program.inventory)
    source = Source(repository=repository, branch=branch, folder=folder_in_repository(), role_arn=role_arn)
    stacks = stacks_of(contents, program.settings)
    settings = settings_of_stacks(stacks, contents, source, file=program.inventory, program=PROGRAM)
    if into is None:
        typer.echo(for_json(settings))
        return
    made_folder(into)
    for name, of_stack in settings.items():
        write(f"{for_json(of_stack)}\n", into / f"{name}.json")


@ci.command(
    cls=options.Command,
    epilog=options.examples(
        "ci pulumi --into .pulumi-cli", "ci pulumi --into .pulumi-cli --source https://example.com"
    ),
)
def pulumi(
    *,
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the executables.")],
    source: Annotated[
        str,
        typer.Option(metavar="URL", help="Where the releases are (default: Pulumi's on GitHub).", show_default=False),
    ] = RELEASES,
) -> None:
    """Install the Pulumi CLI of one version and checksum.

    The version is PULUMI_CLI_VERSION. PULUMI_CLI_SHA256 is the checksum of its release archive, or several separated by
    spaces. If the archive has another one, nothing is installed. Prints the folder, for PATH.
    """
    show(str(install_pulumi(pinned(os.environ), into, source=source)))


@ci.command(cls=options.Command, epilog=options.examples("ci deploy dev", "ci deploy acme/bedrock-projects/prod"))
def deploy(*, stack: _Stack) -> None:
    """Deploy a stack: show a plan, then carry out that plan.

    Runs `pulumi preview` and `pulumi up`. If the second differs from the plan, it fails. Exit codes: 0 deployed,
    1 failed.
    """
    runs.deploy(stack)


@ci.command(cls=options.Command, epilog=options.examples("ci daily dev", "ci daily billing"))
def daily(*, stack: _Stack) -> None:
    """Activate pending cost allocation tags, and report drift.

    Refreshes the state. If only the cost allocation tags differ, it updates them. Exit codes: 0 AWS is as the inventory
    says, 1 it is not, or the check failed.
    """
    runs.daily(stack)
