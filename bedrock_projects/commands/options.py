"""What several commands share: options, and the form of their help."""

import enum
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand

from bedrock_projects.aws import endpoints
from bedrock_projects.files import INVENTORY_FILE
from bedrock_projects.limits import REGION, ROLE_ARN, Limit
from bedrock_projects.terminal import question


class Auth(str, enum.Enum):
    """The ways to sign requests."""

    SIGV4 = "sigv4"
    BEARER = "bearer"


class EndpointName(str, enum.Enum):
    """The endpoints with projects, by the name that an inventory has."""

    MANTLE = endpoints.MANTLE.name
    RUNTIME = endpoints.RUNTIME.name


class Command(TyperCommand):
    """A command whose help and refusals are in this package's words.

    Typer puts braces around a name in the usage line, and the Python type after it in the list of arguments. It reads
    values by pydantic, whose words it passes on. Of an option that is given twice it takes the last value, and says
    nothing.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Typer has no public names for click's classes
        """Refuses repeated options, a pattern that fits several wheels, and a value without the words of a library."""
        self._refuse_repeated(ctx, args)
        wheels = [value for value in args if value.endswith(".whl")]
        if "--wheel" in args and len(wheels) > 1:
            raise typer.BadParameter(f"`--wheel` takes one file, not {', '.join(wheels)}", ctx)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            plain = error.message.removeprefix("Value error, ")
            error.message = re.sub(r" does not match the formats .*", " is not a day; write YYYY-MM-DD", plain)
            raise

    def _refuse_repeated(self, ctx: Any, args: list[str]) -> None:
        """Ends with a usage error if an option has several values, unless it is declared as repeatable.

        A repeated flag means the same as one. A shell that completes a line, and `--help`, are not refused.
        """
        parser, parameters = self.make_parser(ctx), cast("list[Any]", self.get_params(ctx))
        options = (parameter for parameter in parameters if parameter.param_type_name == "option")
        single = [option for option in options if not (option.multiple or option.is_flag)]
        for option in single:  # as if it were repeatable, so that the parser keeps all values
            parser.add_option(obj=option, opts=option.opts, dest=option.name, action="append")
        values, _, order = parser.parse_args(args=[*args])
        if ctx.resilient_parsing or any(parameter.is_eager for parameter in order):
            return
        for option in single:
            given = values.get(option.name, ())
            if len(given) > 1:
                times = "twice" if len(given) == 2 else f"{len(given)} times"
                name = max(option.opts, key=len)
                ctx.fail(f"{name} was given {times}: {', '.join(given)}; give it once")

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """`BASE [HEAD]`, not `{BASE} [HEAD]`."""
        return [re.sub(r"^\{(.*)\}", r"\1", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments, then the options."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [
                (parameter.metavar if kind == "argument" else record[0], record[1])
                for parameter in self.get_params(ctx)
                if parameter.param_type_name == kind and (record := parameter.get_help_record(ctx))
            ]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def ask(text: str, *, abort: bool = True) -> bool:
    """Asks on stderr, since an answer for a program may follow on stdout; without `abort`, a no is returned."""
    with question():
        return typer.confirm(text, abort=abort, err=True)


def examples(*commands: str) -> str:
    """The end of a command's `--help`: how to call it, each example on a line of its own."""
    lines = (f"  bedrock-projects {command}" for command in commands)
    return "\n".join(["\b", "Examples:", *lines])  # \b: the lines stay as they are


class TextOrJson(str, enum.Enum):
    """The output formats, for people and for programs."""

    TEXT = "text"
    JSON = "json"


class TextMarkdownOrJson(str, enum.Enum):
    """The same, and Markdown for a comment or a page."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


Stack = Annotated[str | None, typer.Option(metavar="NAME", help="Use the settings of this Pulumi stack.")]
StackForBilling = Annotated[
    str | None, typer.Option(metavar="NAME", help="Use the inventory and Billing access of this Pulumi stack.")
]
Inventory = Annotated[Path | None, typer.Option(metavar="FILE", help="Inventory (default: the stack's).")]
InventoryFile = Annotated[Path, typer.Option(metavar="FILE", help="Inventory file.")]
"""Its default is USUAL_INVENTORY."""
Environment = Annotated[str | None, typer.Option(metavar="NAME", help="Environment (default: the stack's).")]
Environments = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only this environment, group or pattern (repeatable).")
]
ChangedSince = Annotated[
    str | None, typer.Option(metavar="REV", help="Only environments that differ from this git revision or file.")
]
Shards = Annotated[
    int | None,
    typer.Option(min=1, metavar="NUMBER", help="Share the environments out among at most this many jobs."),
]
"""How many jobs of a pipeline share the environments."""
Catalogue = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Catalogue to read instead of the stack's outputs.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no copies of the files of an export in a bucket.")]
Profile = Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile to use.")]
BillingProfile = Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile for Billing.")]
SignedBy = Annotated[Auth, typer.Option(help="sigv4 (AWS credentials) or bearer (Bedrock API key).")]
Yes = Annotated[bool, typer.Option("--yes", help="Skip the confirmation (for scripts).")]
Output = Annotated[TextOrJson, typer.Option("--format", help="Output format.")]
OutputWithMarkdown = Annotated[TextMarkdownOrJson, typer.Option("--format", help="Output format.")]
USUAL_INVENTORY = Path(INVENTORY_FILE)


def shared(of: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the fields of a dataclass as options, and the dataclass as its first argument.

    Typer makes the options of a command from its signature. So this one has those fields, then the other parameters.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(**values: Any) -> None:
            command(of(**{field.name: values.pop(field.name) for field in fields(of)}), **values)

        _, *own = inspect.signature(command).parameters.values()
        cast("Any", called).__signature__ = inspect.Signature([*inspect.signature(of).parameters.values(), *own])
        return called

    return decorate


def checked_by(limit: Limit) -> Callable[[str | None], str | None]:
    """The callback of an option with such a value; it raises BadParameter for any other value."""

    def check(value: str | None) -> str | None:
        violation = limit.violation(value) if value is not None else None
        if violation:
            raise typer.BadParameter(violation)
        return value

    return check


role_arn = checked_by(ROLE_ARN)
BillingRole = Annotated[str | None, typer.Option(metavar="ARN", callback=role_arn, help="Role to assume for Billing.")]
aws_region = checked_by(REGION)


def aws_regions(values: list[str] | None) -> list[str] | None:
    """The callback of an option with regions that may be repeated."""
    for value in values or ():
        aws_region(value)
    return values


def account(value: str | None) -> str | None:
    """The callback of an option that takes an account; raises BadParameter for what is not 12 digits."""
    if value is not None and not re.fullmatch(r"[0-9]{12}", value):
        raise typer.BadParameter(f"{value!r} is not an account id; write its 12 digits")
    return value
