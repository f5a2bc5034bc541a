"""The situation in which the states of `tests/engine/states` were written, and the writer of the next one.

python -m tests.engine.first_state      # at a release: writes the state of this version beside the earlier ones
"""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from local_aws import running
from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import REPOSITORY, Stack
from tests.engine.inventories import CHAT, SEARCH, inventory

STATES = Path(__file__).parent / "states"
KEYS = ["CostCenter", "Team", "bedrock-project"]
_SEED = 7


def situation(cloud: Cloud) -> list[str]:
    """Two projects with the ids of the states, and the keys active in Billing; the ids."""
    cloud.aws.reset(seed=_SEED)
    cloud.aws.tag_keys(DEV, KEYS, status="Active")
    return [
        cloud.create(
            DEV, "Search-Dev", tags={"Team": "Search", "CostCenter": "CC-1", "bedrock-project": "acme/dev/search"}
        ),
        cloud.create(DEV, "Chat-Dev", tags={"Team": "Care", "bedrock-project": "acme/dev/chat"}),
    ]


def settled(stack: Stack) -> Stack:
    """The stack, with what the states were written from."""
    stack.write_inventory(inventory({"search": SEARCH, "chat": CHAT}))
    stack.config["bedrock-projects:scope"] = "all"
    return stack


def main() -> None:
    """Deploys the situation and writes the state."""
    file = STATES / f"{version('bedrock-projects').rpartition('.')[0]}.json"
    with running() as aws, tempfile.TemporaryDirectory() as folder:
        cloud = Cloud(aws)
        situation(cloud)
        stack = settled(Stack(Path(folder), aws.url, environment=cloud.credentials(DEV)))
        stack.up().succeeded()
        file.write_text(json.dumps(stack.export(), indent=1) + "\n")
    print(file.relative_to(REPOSITORY))  # noqa: T201  what a releaser commits


if __name__ == "__main__":
    main()
