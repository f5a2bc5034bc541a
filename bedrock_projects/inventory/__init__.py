"""The inventory file: read exactly, validated as a whole, merged once.

reader, composer   bytes -> nodes with places
validation         nodes against the schema (`schema`, from the table of limits)
header, names, taxonomy, renames   settings of the inventory's own file for all projects
including          included files and what each may use
layers, environments, merging   entries -> projects
cross_checks       rules between projects
cost_controls, publishing, quotas   budgets, anomaly alerts, published ids and permissions
exports            data exports that are read or created
chargeback, charged_values   the rules of a month's chargeback, and the values that they split among
dumping            projects -> a file again
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from bedrock_projects.errors import InventoryError
from bedrock_projects.inventory import cross_checks
from bedrock_projects.inventory.chargeback import read_chargeback
from bedrock_projects.inventory.cost_controls import CostControlReader
from bedrock_projects.inventory.dumping import dump
from bedrock_projects.inventory.exports import read_exports
from bedrock_projects.inventory.header import InventoryHeader, read_header
from bedrock_projects.inventory.including import included
from bedrock_projects.inventory.layers import Document, Entry, Grant, ResolvedEntry
from bedrock_projects.inventory.merging import Merger
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.publishing import read_publications
from bedrock_projects.inventory.quotas import check_monitors, check_policies
from bedrock_projects.inventory.reader import read_file
from bedrock_projects.inventory.schema import INVENTORY
from bedrock_projects.inventory.validation import check
from bedrock_projects.model import Inventory

__all__ = ["dump", "load"]


def load(path: Path, *, submodules: Collection[Path] = ()) -> Inventory:
    """The inventory in a file and in those that it includes.

    `submodules` are folders of git submodules whose files are missing: no file in them can be included.
    Raises InventoryError with all problems, including warnings; without errors, the inventory holds the warnings.
    """
    problems = ProblemList()
    node = read_file(path, problems)
    root = check(node, INVENTORY, problems=problems) if node else None
    if not isinstance(root, Mapping):
        raise InventoryError(problems.all)
    header = read_header(root, problems)
    documents = [Document(root, Grant()), *included(path, root, header, submodules=submodules, problems=problems)]
    entries = _projects(documents, root, header=header, problems=problems)
    cost_controls = CostControlReader(root, header, entries, problems=problems)
    budgets, anomaly_alerts = cost_controls.budgets(), cost_controls.anomaly_alerts()
    publications = read_publications(root, header, entries, problems=problems)
    exports = read_exports(root, problems)
    projects = tuple(entry.project for entry in entries)
    check_monitors(anomaly_alerts, projects, root, ownership_key=header.taxonomy.ownership_key, problems=problems)
    check_policies(publications, projects, root, problems=problems)
    chargeback = read_chargeback(root, header.taxonomy, projects, problems=problems)
    if problems.has_errors:
        raise InventoryError(problems.all)
    former = root.mapping("previous_owner")
    return Inventory(
        name=header.name,
        ownership_tag_key=header.taxonomy.ownership_key,
        previous_name=header.previous_name,
        previous_ownership_tag_key=former.text("ownership_tag"),
        environments={name: declared.environment for name, declared in header.environments.items()},
        environment_groups=header.names.groups,
        billing=header.billing,
        tag_keys=header.taxonomy.keys,
        ignore_tags=root.texts("ignore_tags"),
        projects=projects,
        budgets=budgets,
        anomaly_alerts=anomaly_alerts,
        publications=publications,
        exports=exports,
        chargeback=chargeback,
        warnings=problems.all,
    )


def _projects(
    documents: Sequence[Document], root: Mapping, *, header: InventoryHeader, problems: ProblemList
) -> list[ResolvedEntry]:
    """All projects, sorted by environment and key, after every check."""
    entries: dict[str, Entry] = {}
    projects: list[ResolvedEntry] = []
    for document in documents:
        merger = Merger(document, header, problems=problems)
        for entry in _entries(document, entries, problems=problems):
            projects.extend(merger.merge(entry))
    projects.sort(key=lambda resolved: (resolved.project.environment, resolved.project.key))
    environments = {name: declared.environment for name, declared in header.environments.items()}
    cross_checks.check_aliases(entries, problems)
    cross_checks.check_ids(projects, problems)
    cross_checks.check_names(projects, environments, problems=problems)
    cross_checks.check_owners(projects, problems)
    cross_checks.check_moves(projects, problems)
    cross_checks.check_sizes(projects, root.mapping("environments").mappings(), problems=problems)
    tag_keys = root.mapping("tag_keys")
    cross_checks.check_keys(entries, problems)
    cross_checks.check_tag_keys(projects, header.taxonomy, tag_keys=tag_keys, problems=problems)
    cross_checks.check_tag_values((document.node for document in documents), tag_keys, problems)
    return projects


def _entries(document: Document, known: dict[str, Entry], *, problems: ProblemList) -> list[Entry]:
    """The entries of a document. Reports a key that another file has too, and adds all others to `known`."""
    projects = document.node.mapping("projects")
    entries = []
    for key, node in projects.mappings().items():
        entry = Entry(key=key, place=projects.keys[key], node=node)
        other = known.setdefault(key, entry)
        if other is entry:
            entries.append(entry)
        else:
            message = f"duplicate entry, first in {other.place.file}:{other.place.line}; keep one of the two"
            problems.error(entry.place, message)
    return entries
