"""The inventory file: read exactly, checked as a whole, merged once.

reader, composer   bytes -> nodes with places
checking           nodes against the form (`form`, from the table of limits)
head, taxonomy     what the inventory's own file says about all projects
including          further files and what each may use
layers, presence, merging   entries -> projects
rules              what must hold between projects
guardrails, publishing, quotas   budgets, anomaly alerts, what is handed to applications
dumping            projects -> a file again
"""

from pathlib import Path

from bedrock_projects.errors import InventoryError
from bedrock_projects.inventory import rules
from bedrock_projects.inventory.checking import check
from bedrock_projects.inventory.dumping import dump
from bedrock_projects.inventory.form import INVENTORY
from bedrock_projects.inventory.guardrails import GuardrailReader
from bedrock_projects.inventory.head import Head, read_head
from bedrock_projects.inventory.including import included
from bedrock_projects.inventory.layers import Document, Entry, Merged
from bedrock_projects.inventory.merging import Merger
from bedrock_projects.inventory.nodes import Mapping, Report
from bedrock_projects.inventory.publishing import read_publications
from bedrock_projects.inventory.quotas import check_monitors, check_policies
from bedrock_projects.inventory.reader import read_file
from bedrock_projects.model import Inventory

__all__ = ["dump", "load"]


def load(path: Path) -> Inventory:
    """The inventory in a file and in those that it includes.

    Raises InventoryError with all problems, warnings among them; without errors, the warnings are the inventory's.
    """
    report = Report()
    node = read_file(path, report)
    root = check(node, INVENTORY, report=report) if node else None
    if not isinstance(root, Mapping):
        raise InventoryError(report.problems)
    head = read_head(root, report)
    projects = _projects(path, root, head=head, report=report)
    guardrails = GuardrailReader(root, head, projects, report=report)
    budgets, anomaly_alerts = guardrails.budgets(), guardrails.anomaly_alerts()
    publications = read_publications(root, head, projects, report=report)
    found = tuple(merged.project for merged in projects)
    check_monitors(anomaly_alerts, found, root, ownership_key=head.taxonomy.ownership_key, report=report)
    check_policies(publications, root, report=report)
    if report.has_errors:
        raise InventoryError(report.problems)
    former = root.mapping("previous_owner")
    return Inventory(
        name=head.name,
        ownership_tag_key=head.taxonomy.ownership_key,
        previous_name=head.previous_name,
        previous_ownership_tag_key=former.text("ownership_tag"),
        environments={name: declared.environment for name, declared in head.environments.items()},
        tag_keys=head.taxonomy.keys,
        ignore_tags=root.texts("ignore_tags"),
        projects=found,
        budgets=budgets,
        anomaly_alerts=anomaly_alerts,
        publications=publications,
        warnings=report.problems,
    )


def _projects(path: Path, root: Mapping, *, head: Head, report: Report) -> list[Merged]:
    """All projects, sorted by environment and key, after every check."""
    entries: dict[str, Entry] = {}
    projects: list[Merged] = []
    for document in (Document(root, {}), *included(path, root, taxonomy=head.taxonomy, report=report)):
        merger = Merger(document, head, report=report)
        for entry in _entries(document, entries, report=report):
            projects.extend(merger.merge(entry))
    projects.sort(key=lambda merged: (merged.project.environment, merged.project.key))
    environments = {name: declared.environment for name, declared in head.environments.items()}
    rules.check_aliases(entries, report)
    rules.check_ids(projects, report)
    rules.check_names(projects, environments, report=report)
    rules.check_owners(projects, report)
    rules.check_moves(projects, report)
    rules.check_sizes(projects, root.mapping("environments").mappings(), report=report)
    rules.check_look_alikes(projects, head.taxonomy, tag_keys=root.mapping("tag_keys"), report=report)
    return projects


def _entries(document: Document, known: dict[str, Entry], *, report: Report) -> list[Entry]:
    """The entries of a document; a key that another file has too is reported, and noted in `known` otherwise."""
    projects = document.node.mapping("projects")
    entries = []
    for key, node in projects.mappings().items():
        entry = Entry(key=key, place=projects.keys[key], node=node)
        other = known.setdefault(key, entry)
        if other is entry:
            entries.append(entry)
        else:
            message = f"is given twice, first in {other.place.file}:{other.place.line}; keep one of the two"
            report.error(entry.place, message)
    return entries
