"""Who may import whom, read from the sources."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from bedrock_projects.cli import COMMANDS

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "components": {"bedrock_projects"},
    "bedrock_projects": {"bedrock_projects"},
    "local_aws": {"local_aws"},
}
OURS = {"bedrock_projects", "components", "local_aws", "tools", "tests", "benchmarks", "pulumi", "__main__"}

Floors = Sequence[Sequence[str]]
# From the bottom to the top. An import leads to a lower floor, or stays below the same name. A name has all modules
# below it that have no floor of their own.
FLOORS: Mapping[str, Floors] = {
    "bedrock_projects": (
        ("arns", "batches", "errors", "json_reading", "model_ids", "suggestions"),
        ("limits",),
        ("aws.endpoints", "chargeback.rules"),
        ("fields", "files", "model", "printing"),
        ("terminal", "yaml_printing"),
        ("findings",),
        ("aws.credentials", "aws.models", "aws.prices", "aws.readable"),
        ("attribution", "cost_tags", "iam", "inventory", "projects", "reports", "template"),
        ("adoption", "chargeback", "conformance", "review", "stacks"),
        ("ci", "cost_controls", "fleet", "upgrade"),
        ("aws",),
        ("conformance.live", "exports", "projects.shared_listing", "reports.fetch", "reports.project_use"),
        ("chargeback.source", "doctor", "preflight", "projects.lifecycle"),
        ("audit",),
        ("commands", "resources"),
        ("cli", "pulumi"),
        ("start",),
        ("__main__",),
    ),
    "bedrock_projects.exports": (
        ("manifests",),
        ("relations", "schema", "stores"),
        ("expressions", "layout"),
        ("cur2", "details"),
        ("focus",),
        ("loading",),
        ("bucket", "creation", "lines", "tag_keys"),
        ("fetch", "sources"),
    ),
    "bedrock_projects.fleet": (
        ("archives", "processes", "stacks"),
        ("configuration", "events", "results"),
        ("reasons",),
        ("board", "deployments", "jobs", "tables"),
        ("running",),
    ),
    "bedrock_projects.pulumi": (
        ("arguments", "aws_package", "identities", "messages"),
        ("context",),
        ("cost_allocation_tags", "project", "project_set"),
        ("cost_controls", "data_exports", "published_projects"),
        ("program",),
    ),
    "bedrock_projects.reports": (
        ("charge_types", "percentages", "usage_types"),
        ("line_facts", "units"),
        ("unit_costs",),
        ("model",),
        ("cost_data", "periods", "project_names"),
        ("request",),
        ("answers", "derive", "labels"),
        ("query",),
        ("lines",),
        ("cost_changes", "forecast", "invoices", "reconciliation", "unallocated", "unit_prices"),
        ("missing_data",),
        ("fetch", "project_use", "render", "report"),
    ),
}
MOST_FILES_THAT_NAME_THE_ENDPOINT = 6


def imports(path: Path, *, at_top: bool = False) -> Iterator[str]:
    for node in import_nodes(path, at_top=at_top):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@cache
def import_nodes(path: Path, *, at_top: bool) -> Sequence[ast.Import | ast.ImportFrom]:
    """All imports of a module, or those that are statements of the module itself."""
    tree = ast.parse(path.read_text())
    return [node for node in (tree.body if at_top else ast.walk(tree)) if isinstance(node, ast.Import | ast.ImportFrom)]


def sources(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, package
    return files


@cache
def modules() -> Mapping[str, Path]:
    """The modules of the package by name, but for the package itself."""
    names = {path: path.relative_to(ROOT).with_suffix("").as_posix() for path in sources("bedrock_projects")}
    found = {name.removesuffix("/__init__").replace("/", "."): path for path, name in names.items()}
    return {name: path for name, path in found.items() if name != "bedrock_projects"}


@cache
def graph() -> Mapping[str, Set[str]]:
    """The modules of the package, and which of them each one imports anywhere in its text."""
    return {name: set(_imported_modules(path)) for name, path in modules().items()}


def _imported_modules(path: Path, *, at_top: bool = False) -> Iterator[str]:
    for node in import_nodes(path, at_top=at_top):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules() else node.module for name in below]
        yield from (name for name in names if name in modules())


def place(module: str, package: str) -> tuple[int, str]:
    """The floor of a module, counted from the bottom, and the name that holds it there."""
    names = {f"{package}.{name}": floor for floor, names in enumerate(FLOORS[package]) for name in names}
    holding = [name for name in names if f"{module}.".startswith(f"{name}.")]
    assert holding, f"{module} has no floor: put it on one in FLOORS"
    name = max(holding, key=len)
    return names[name], name


def not_downwards(imported: Mapping[str, Set[str]], package: str) -> list[str]:
    """The imports within a package that lead neither to a lower floor nor to the same name."""
    inside = {module: place(module, package) for module in imported if module.startswith(f"{package}.")}
    return [
        f"{module} imports {other}"
        for module, (floor, name) in inside.items()
        for other in sorted(imported[module] & inside.keys())
        if inside[other][1] != name and inside[other][0] >= floor
    ]


@pytest.mark.parametrize("package", ALLOWED)
def test_a_layer_imports_only_what_is_below_it(package: str) -> None:
    for path in sources(package):
        allowed = set(ALLOWED[package])
        if path.is_relative_to(ROOT / "bedrock_projects" / "resources") or path.parent.name == "pulumi":
            allowed.add("pulumi")
        used = {name.split(".")[0] for name in imports(path)} & OURS
        assert used <= allowed, f"{path.relative_to(ROOT)} imports {used - allowed}"


@pytest.mark.parametrize("package", FLOORS)
def test_imports_lead_downwards(package: str) -> None:
    assert not_downwards(graph(), package) == []


@pytest.mark.parametrize("package", FLOORS)
def test_every_floor_is_of_modules_that_exist(package: str) -> None:
    names = [f"{package}.{name}" for name in chain(*FLOORS[package])]
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= modules().keys()


@pytest.mark.parametrize(
    ("module", "imported", "wrong"),
    [
        ("model", "limits", False),
        ("limits", "model", True),
        ("fields", "files", True),
        ("aws.session", "aws.errors", False),
        ("aws.session", "aws.endpoints", False),
        ("aws.endpoints", "aws.session", True),
        ("projects.plan", "projects.lifecycle", True),
        ("commands.use", "resources.project", True),
    ],
)
def test_an_import_that_leads_up_or_across_is_seen(module: str, imported: str, wrong: bool) -> None:
    module, imported = f"bedrock_projects.{module}", f"bedrock_projects.{imported}"
    found = not_downwards({module: {imported}, imported: set()}, "bedrock_projects")
    assert found == ([f"{module} imports {imported}"] if wrong else [])


def test_the_graph_of_imports_has_what_the_sources_import() -> None:
    """Without this, the tests of the floors would also pass if no import was seen."""
    assert graph()["bedrock_projects.projects.lifecycle"] >= {
        "bedrock_projects.aws.identity",
        "bedrock_projects.projects.plan",
    }
    assert "bedrock_projects.inventory" in graph()["bedrock_projects.stacks.outputs"]


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_imports_are_at_the_top_of_a_module() -> None:
    """All but those of optional packages, of rich for a terminal, and of clients that a report may do without."""
    late = {
        name
        for name, path in modules().items()
        if len(import_nodes(path, at_top=False)) > len(import_nodes(path, at_top=True))
    }
    of_package = {name.removeprefix("bedrock_projects.") for name in late}
    assert of_package == {
        "chargeback.render.html",
        "chargeback.render.xlsx",
        "commands.costs",
        "exports.lines",
        "exports.loading",
        "exports.sources",
        "reports.render.focus_parquet",
        "reports.render.html",
        "reports.render.pages",
        "terminal",
    }


def test_a_command_imports_no_other_command() -> None:
    below = {name: used for name, used in graph().items() if name.startswith("bedrock_projects.commands.")}
    commands = {f"bedrock_projects.commands.{name}" for name in COMMANDS}
    assert [f"{name} imports {other}" for name, used in below.items() for other in used & commands] == []


def test_each_command_asks_in_the_same_way() -> None:
    assert modules_with("typer.confirm") == {"bedrock_projects.commands.options"}


def test_boto3_is_imported_only_by_the_clients() -> None:
    """So all floors below theirs do without it."""
    users = {
        name
        for name, path in modules().items()
        if {imported.split(".")[0] for imported in imports(path)} & {"boto3", "botocore"}
    }
    assert {place(name, "bedrock_projects")[1] for name in users} == {"bedrock_projects.aws"}


def test_a_client_of_the_projects_api_is_made_only_by_its_port() -> None:
    """Decision 10. Inference has a client of the same endpoint; an observer looks at the answers themselves."""
    port = "bedrock_projects.aws.projects"
    assert modules_with("MantleProjects") == {port, f"{port}.mantle"}
    assert modules_with("NativeProjects") == {port, f"{port}.native"}
    assert modules_with("bedrock_client") == {port, f"{port}.native"}
    assert modules_with("mantle_client") == {port, f"{port}.mantle", "bedrock_projects.aws.inference"}
    assert modules_with("open_raw_client") == {port, "bedrock_projects.aws.observing"}


def test_few_files_name_the_endpoint() -> None:
    """Decision 10: what is particular to an endpoint is in few places."""
    named = modules_with("mantle")
    assert len(named) <= MOST_FILES_THAT_NAME_THE_ENDPOINT, named


def modules_with(text: str) -> set[str]:
    return {name for name, path in modules().items() if text in path.read_text("utf-8")}


def test_the_page_shows_the_floors() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", page, re.MULTILINE)
    assert {int(floor): re.findall(r"`(.+?)`", names) for floor, names in rows} == {
        floor: list(names) for floor, names in enumerate(FLOORS["bedrock_projects"], 1)
    }


def test_the_page_names_the_packages_that_have_floors_of_their_own() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    [names] = re.findall(r"^- (.+) have floors of their own$", page, re.MULTILINE)
    assert {f"bedrock_projects.{name}" for name in re.findall(r"`(.+?)`", names)} == {*FLOORS} - {"bedrock_projects"}


# The names of what reads or changes more than values.
DOES = {
    *("exists", "getenv", "glob", "is_dir", "is_file", "iterdir", "mkdir", "now", "open", "print"),
    *("read_bytes", "read_text", "rglob", "rmtree", "stat", "today", "unlink", "write_bytes", "write_text"),
}


def test_what_the_page_calls_a_pure_function_does_nothing() -> None:
    """Such a module calls nothing of this kind, and knows neither the environment nor other processes."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8").partition("These decisions are pure functions")[2]
    cells = re.findall(r"^\| [^|]+ \| (`[^|]+) \|$", page.partition("\n\n|")[2].partition("\n\n")[0], re.MULTILINE)
    named = [cell.partition(", except ") for cell in cells]
    pure = {f"bedrock_projects.{name}" for names, _, _ in named for name in re.findall(r"`([^`]+)`", names)}
    excepted = {
        f"bedrock_projects.{package}.{name.replace('/', '.')}"
        for names, _, others in named
        for package in re.findall(r"`([^`]+)`", names)[-1:]
        for name in re.findall(r"`([^`]+)`", others)
    }
    assert pure <= modules().keys()
    assert excepted <= modules().keys()
    below = [name for name in modules() if is_below(name, pure) and not is_below(name, excepted)]
    assert {name: does for name in below if (does := what_it_does(modules()[name]))} == {}
    assert what_it_does(modules()["bedrock_projects.stacks.current"]) == {"environ", "is_file"}


def is_below(module: str, names: Set[str]) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in names)


def what_it_does(path: Path) -> set[str]:
    """The calls of a module that read or change anything but values."""
    nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    names = {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in called}
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & {"environ"}
    return (names & DOES) | used | ({*imports(path)} & {"boto3", "botocore", "subprocess", "time"})


def test_the_page_for_contributors_names_each_package() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where things are")[2].partition("\n## ")[0]
    packages = {name for name, path in modules().items() if name.count(".") == 1 and path.name == "__init__.py"}
    named = {word.removeprefix("bedrock_projects/") for word in re.findall(r"`([^`]+)`", page)}
    assert {name.removeprefix("bedrock_projects.") for name in packages} - named == set()
    made = {"__pycache__", "dist", "node_modules"}
    folders = (
        {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."} - made - {"bedrock_projects"}
    )
    assert folders - {name.rstrip("/") for name in named} == set()


def test_the_page_names_the_commands_that_start_without_boto3() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    [names] = re.findall(r"^These commands start without boto3:\n(.+)$", page, re.MULTILINE)
    modules_of = {name: f"bedrock_projects.commands.{name}" for name in COMMANDS}
    without = {name for name, module in modules_of.items() if not imported_at_start(module) & {"boto3", "botocore"}}
    assert set(re.findall(r"`(.+?)`", names)) == without


def imported_at_start(module: str) -> set[str]:
    """The packages that are imported when the module is: by itself, and by what it imports at its top."""
    seen: set[str] = set()
    packages: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            packages |= {other.split(".")[0] for other in imports(modules()[name], at_top=True)}
            waiting += _imported_modules(modules()[name], at_top=True)
            waiting += {name.rpartition(".")[0]} & modules().keys()
    return packages


@pytest.mark.parametrize("module", ["bedrock_projects.inventory", "bedrock_projects.projects.changes"])
def test_reading_an_inventory_needs_neither_boto3_nor_pulumi(module: str) -> None:
    script = f"import sys, {module}; print(sorted({{'boto3', 'botocore', 'pulumi'}} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
