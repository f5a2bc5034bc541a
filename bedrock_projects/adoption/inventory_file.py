"""The inventory file that adopts projects: its text before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bedrock_projects import inventory as inventories
from bedrock_projects.adoption.plan import Adopted, Entry, Plan, Target
from bedrock_projects.adoption.yaml_edits import Addition, Written, insert
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RegionalEndpoint
from bedrock_projects.errors import InventoryError, RefusedError
from bedrock_projects.fields import SENT_FIELDS
from bedrock_projects.files import INVENTORY_FILE, scratch_file
from bedrock_projects.inventory import nodes, reader
from bedrock_projects.model import UNCHANGED_NAME, Environment, Inventory, Project, TagKey, entry_name
from bedrock_projects.projects.changes import declare, in_words, update_from

# These keys of an entry apply to all its environments, so a new environment would get them too.
_FOR_ALL_ENVIRONMENTS = (
    "id",
    "status",
    "move_from",
    "move_from_endpoint",
    *(field.key for field in SENT_FIELDS),
    "previous_owner",
)
_NEW_FILE = """\
# Written by `bedrock-projects adopt`.
version: 1
inventory: {name}  # part of each project's ownership tag: choose it before the first `pulumi up`
environments: {{}}
tag_keys: {{}}
projects: {{}}
"""


@dataclass(frozen=True)
class InventoryFile:
    """A file before the adoption; `inventory` is None for a new file.

    `base_endpoint` is that of an environment which sets none.
    """

    text: str
    inventory: Inventory | None
    entries: tuple[Entry, ...] = ()
    base_tags: Mapping[str, str] | None = None
    base_endpoint: str = MANTLE.name


def new_file(account: str) -> InventoryFile:
    """A file without projects; the name of its inventory is unique to the account."""
    return InventoryFile(_NEW_FILE.format(name=f"account-{account}"), None)


def read_file(path: Path) -> InventoryFile:
    """The file at the path; raises InventoryError unless it is a valid inventory."""
    inventory = inventories.load(path)
    data = path.read_bytes()
    root = reader.read_yaml(data, path.as_posix(), problems=nodes.ProblemList())
    written = root if isinstance(root, nodes.Mapping) else None
    defaults = written.mapping("defaults") if written else None
    own = written.mapping("projects").mappings() if written else {}
    by_key: dict[str, list[Project]] = {}
    for project in inventory.projects:
        by_key.setdefault(project.key, []).append(project)
    return InventoryFile(
        text=data.decode(),
        inventory=inventory,
        entries=tuple(_entry(own.get(key), projects, inventory) for key, projects in by_key.items()),
        base_tags=_texts(defaults.mapping("tags")) if defaults else None,
        base_endpoint=(defaults.text("endpoint") if defaults else None) or MANTLE.name,
    )


def target_of(file: InventoryFile, environment: Environment) -> Target:
    """The inventory of the file as the plan sees it."""
    inventory = file.inventory
    if inventory is None:
        return Target(environment=environment)
    keys = {key for project in inventory.projects for key in (project.key, *project.aliases)}
    return Target(
        environment=environment,
        environments=[other for other in inventory.environments.values() if other.name != environment.name],
        entries=file.entries,
        projects=inventory.projects,
        taken=frozenset(keys | {entry.key for entry in file.entries}),
        tag_keys=frozenset(inventory.tag_keys),
        base_tags=file.base_tags or {},
        ignore_tags=inventory.ignore_tags,
        ownership_tag_key=inventory.ownership_tag_key,
    )


def with_projects(file: InventoryFile, plan: Plan, environment: Environment) -> str:
    """The text with what the plan adds."""
    is_known = file.inventory is not None and environment.name in file.inventory.environments
    additions = [
        Addition(("environments",), {} if is_known else {environment.name: _environment(environment, file)}),
        Addition(("tag_keys",), {tag_key.key: _tag_key(tag_key) for tag_key in plan.tag_keys}),
        Addition(
            ("projects",),
            {adopted.key: _new_entry(adopted, environment) for adopted in plan.adopted if adopted.is_new},
        ),
    ]
    additions += [
        Addition(("projects", adopted.key, "environments"), {environment.name: _override(adopted)})
        for adopted in plan.adopted
        if not adopted.is_new
    ]
    return insert(file.text, additions)


def check(text: str, file: InventoryFile, path: Path | None) -> Inventory:
    """Loads the text as a file at the path; None means a new folder.

    Raises InventoryError with places in that text, RefusedError if existing entries would change, and SettingsError if
    the folder of the path is not writable.
    """
    if path is None:
        with TemporaryDirectory() as folder, scratch_file(text, Path(folder) / INVENTORY_FILE) as scratch:
            return _load(scratch, shown=INVENTORY_FILE)
    with scratch_file(text, path) as scratch:
        inventory = _load(scratch, shown=path.as_posix())
    if file.inventory is not None and not _keeps(file.inventory, inventory):
        raise RefusedError(
            f"{path}: its format does not allow adding entries without changing others; nothing was written"
        )
    return inventory


def retagged(plan: Plan, inventory: Inventory, environment: Environment) -> dict[str, str]:
    """What the first `pulumi up` changes in addition to the ownership tag, by key; ideally nothing."""
    projects = {project.key: project for project in inventory.projects if project.environment == environment.name}
    changes = {}
    for adopted in plan.adopted:
        declared = declare(projects[adopted.key], inventory, region=adopted.listed.region)
        update = update_from(adopted.listed.project, declared)
        others = {key: value for key, value in update.add_tags.items() if key != declared.owner_tag_key}
        update = replace(update, add_tags=others)
        if update:
            changes[adopted.key] = in_words(update, before=adopted.listed.project)
    return changes


def placed(plan: Plan, inventory: Inventory, file: InventoryFile, environment: Environment) -> list[str]:
    """The keys of entries that a group or pattern places in a new environment; the first run creates their projects."""
    if file.inventory is not None and environment.name in file.inventory.environments:
        return []
    adopted = {one.key for one in plan.adopted}
    here = inventory.by_environment.get(environment.name, ())
    return [project.key for project in here if project.status == "active" and project.key not in adopted]


def _load(scratch: Path, *, shown: str) -> Inventory:
    try:
        return inventories.load(scratch)
    except InventoryError as error:
        own = scratch.as_posix()
        raise InventoryError(
            [replace(problem, file=shown) if problem.file == own else problem for problem in error.problems]
        ) from None


def _keeps(before: Inventory, after: Inventory) -> bool:
    # An insertion moves the lines below it, so locations may differ.
    def facts(project: Project) -> Project:
        return project.model_copy(update={"location": ""})

    known = {(project.environment, project.key): facts(project) for project in after.projects}
    return (
        all(known.get((project.environment, project.key)) == facts(project) for project in before.projects)
        and before.environments.items() <= after.environments.items()
        and before.tag_keys.items() <= after.tag_keys.items()
        and (before.name, before.ownership_tag_key) == (after.name, after.ownership_tag_key)
    )


def _entry(node: nodes.Mapping | None, projects: Sequence[Project], inventory: Inventory) -> Entry:
    """`node` None means that the entry is in another file."""
    first = projects[0]
    name_format = inventory.environments[first.environment].name_format
    obstacle = ""
    if node is None:
        obstacle = f"it is in {first.location.rsplit(':', 2)[0]}"
    elif not isinstance(node.entries.get("environments"), nodes.Mapping):
        obstacle = "its `environments` is not a mapping"
    else:
        shared = [key for key in _FOR_ALL_ENVIRONMENTS if key in node.entries]
        obstacle = f"its `{shared[0]}` applies to all environments" if shared else ""
    return Entry(
        key=first.key,
        name=(node.text("name") if node else None) or entry_name(first.name, name_format) or first.name,
        tags=_texts(node.mapping("tags")) if node else {},
        environments=frozenset(project.environment for project in projects),
        region=node.text("region") if node else None,
        endpoint=node.text("endpoint") if node else None,
        places=frozenset(
            RegionalEndpoint(region, ENDPOINTS[p.endpoint])
            for p in projects
            if (region := p.region or inventory.environments[p.environment].region)
        ),
        obstacle=obstacle,
    )


def _texts(node: nodes.Mapping) -> dict[str, str]:
    return {key: text for key in node.entries if (text := node.text(key)) is not None}


def _environment(environment: Environment, file: InventoryFile) -> Written:
    given = {"account": environment.account, "region": environment.region}
    written: dict[str, Written] = {key: value for key, value in given.items() if value is not None}
    if environment.name_format != UNCHANGED_NAME:
        written["name_format"] = environment.name_format
    if environment.endpoint != file.base_endpoint:
        written["endpoint"] = environment.endpoint
    return written


def _tag_key(tag_key: TagKey) -> Written:
    written: dict[str, Written] = {"required": True} if tag_key.required else {}
    if tag_key.values:
        written["values"] = list(tag_key.values)
    if tag_key.enforce == "warn":
        written["enforce"] = tag_key.enforce
    return written


def _new_entry(adopted: Adopted, environment: Environment) -> Written:
    tags: dict[str, Written] = {"tags": dict(adopted.tags)} if adopted.tags else {}
    override = _override(replace(adopted, tags={}))
    return {"name": adopted.name, **tags, "environments": {environment.name: override}}


def _override(adopted: Adopted) -> Written:
    # The data retention is not written: without a declared mode it is unchanged (decision 0005).
    override: dict[str, Written] = {"id": adopted.listed.id}
    if adopted.is_exact:
        override["name"] = adopted.listed.name
    if adopted.region:
        override["region"] = adopted.region
    if adopted.endpoint:
        override["endpoint"] = adopted.endpoint
    if adopted.tags:
        override["tags"] = dict(adopted.tags)
    return override
