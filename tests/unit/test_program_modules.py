"""What the program loads, and what that costs: Pulumi's AWS package takes seconds, and its plugin has to be there."""

import subprocess
import sys
from pathlib import Path

from tests.engine.inventories import CHAT, COST_CONTROLS, COST_CONTROLS_HEAD, inventory

SCRIPT = """
import sys
from tests.unit.declared import declare
declared = declare(inventory=sys.argv[1], environment="dev", scope="all")
assert declared.names("Project") == ["chat", "search"]
print("bedrock_projects.pulumi.cost_controls" in sys.modules, "pulumi_aws" in sys.modules)
"""
SEARCH = "{name: Search, tags: {Team: Search}}"


def loaded(folder: Path, sections: str) -> str:
    """Whether the module of cost controls is loaded, and Pulumi's AWS package, by the program of such an inventory."""
    file = folder / "projects.yaml"
    text = inventory({"search": SEARCH, "chat": CHAT}, head=f"{COST_CONTROLS_HEAD}{sections}projects:\n")
    file.write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(file)], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_search_for_garbage_does_not_look_at_what_a_program_or_a_provider_imported() -> None:
    script = (
        "import gc, pulumi, bedrock_projects.resources.project as later; seen = set(map(id, gc.get_objects())); "
        "print(id(pulumi.Output) in seen, id(later.Project) in seen)"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False True"


def test_a_program_without_cost_controls_and_published_ids_loads_no_aws_package(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == "True False"
    assert loaded(tmp_path, COST_CONTROLS) == "True True"
