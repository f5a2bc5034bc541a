"""The situations in which the states of `tests/engine/states` were written, and the writer of the next ones.

python -m tests.engine.first_state      # at a release: writes the states of this version that are not there yet
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from local_aws import running
from tests.engine.conftest import DEV, PAYER, Cloud
from tests.engine.harness import REPOSITORY, Stack, pulumi
from tests.engine.inventories import CHAT, COST_CONTROLS, COST_CONTROLS_HEAD, SEARCH, inventory
from tests.engine.standin_aws.account import FOLDER

STATES = Path(__file__).parent / "states"
WITH_COST_CONTROLS = "-cost-controls.json"
"""How the name of such a file ends; it begins with the version, as the others do."""
KEYS = ["CostCenter", "Team", "bedrock-project"]
STACK_TAG = {"bedrock-project-stack": "organization/bedrock-projects/dev"}
_ENTRIES = {"search": SEARCH, "chat": CHAT}
_SEED = 7
_STANDIN = Path(__file__).parent / "standin_aws"
_USUAL_URL = "http://127.0.0.1:4566"
"""Written for the URL of the local AWS, whose port is another each time."""


def situation(cloud: Cloud, *, payer: str = DEV, claimed: bool = False) -> list[str]:
    """Two projects with the ids of the states, and the keys active in Billing of the payer; the ids.

    If `claimed`, the projects carry the tag of the managing stack, as every release since 0.2 writes it.
    """
    cloud.aws.reset(seed=_SEED)
    cloud.aws.tag_keys(payer, KEYS, status="Active")
    stack = STACK_TAG if claimed else {}
    search = {"Team": "Search", "CostCenter": "CC-1", "bedrock-project": "acme/dev/search", **stack}
    chat = {"Team": "Care", "bedrock-project": "acme/dev/chat", **stack}
    return [cloud.create(DEV, "Search-Dev", tags=search), cloud.create(DEV, "Chat-Dev", tags=chat)]


def settled(stack: Stack) -> Stack:
    """The stack, with what the states were written from."""
    stack.write_inventory(inventory(_ENTRIES))
    stack.config["bedrock-projects:scope"] = "all"
    return stack


def settled_with_cost_controls(stack: Stack, cloud: Cloud, standin: Path) -> Stack:
    """The stack, with cost controls and published ids; the payer is another account, whose role it assumes.

    `standin` is the folder of the stand-in for Pulumi's AWS provider.
    """
    stack.write_inventory(inventory(_ENTRIES, head=f"{COST_CONTROLS_HEAD}{COST_CONTROLS}projects:\n"))
    stack.config["bedrock-projects:scope"] = "all"
    stack.config["bedrock-projects:billingRoleArn"] = cloud.role(PAYER, "billing")
    cloud.role(DEV, "chatbot")
    return with_standin_aws(stack, standin)


def with_standin_aws(stack: Stack, standin: Path) -> Stack:
    """The stack, with a stand-in for Pulumi's AWS provider that keeps things in the folder `standin`."""
    stack.environment |= {
        FOLDER: str(standin),
        "STANDIN_AWS_PYTHON": sys.executable,
        "PATH": os.pathsep.join([str(_STANDIN), str(pulumi().folder), os.environ["PATH"]]),
    }
    return stack


def main() -> None:
    """Deploys each situation and writes its state. A state that is there already stays as it is."""
    release = version("bedrock-projects").rpartition(".")[0]
    with running() as aws, tempfile.TemporaryDirectory() as temporary:
        cloud, folder = Cloud(aws), Path(temporary)
        for file in (STATES / f"{release}.json", STATES / f"{release}{WITH_COST_CONTROLS}"):
            if file.exists():
                continue
            stack = Stack(folder / file.stem, aws.url, environment=cloud.credentials(DEV))
            if file.name.endswith(WITH_COST_CONTROLS):
                situation(cloud, payer=PAYER)
                settled_with_cost_controls(stack, cloud, folder)
            else:
                situation(cloud)
                settled(stack)
            stack.up().succeeded()
            file.write_text(_without_this_machine(stack.export(), url=aws.url))
            print(file.relative_to(REPOSITORY))  # noqa: T201  what a releaser commits


def _without_this_machine(state: dict[str, Any], *, url: str) -> str:
    """The state as text, without the files of this machine and the port of its local AWS."""
    for resource in state["deployment"]["resources"]:
        for files in ("sourcePosition", "stackTrace"):
            resource.pop(files, None)
    return json.dumps(state, indent=1).replace(url, _USUAL_URL) + "\n"


if __name__ == "__main__":
    main()
