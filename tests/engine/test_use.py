"""From a deployed stack to a request: what `catalogue` and `use` say of real outputs, and where the request lands."""

import json
import subprocess

from tests.engine.conftest import DEV, Cloud
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.unit.command_line import start


def test_a_developer_uses_what_was_deployed(cloud: Cloud, deployed: Stack) -> None:
    deployed.write_inventory(inventory({"search": SEARCH, "chat": CHAT, "new": "{name: New}"}))
    deployed.write_settings()
    variables = deployed.variables()
    written = start("catalogue", "--stack", "dev", folder=deployed.program, environment=variables)
    assert (written.code, written.err) == (0, "")
    catalogue = json.loads(written.out)
    dev = catalogue["environments"]["dev"]
    ids = {project["name"]: project["id"] for project in cloud.active(DEV)}
    assert {key: project["id"] for key, project in dev["projects"].items()} == {
        "chat": ids["Chat-Dev"],
        "search": ids["Search-Dev"],
    }
    assert (dev["account"], dev["region"], dev["base_url"]) == (DEV, "us-west-2", f"{cloud.url}/v1")

    (deployed.program / "c.json").write_text(written.out)
    asked = ["use", "chat", "--environment", "dev", "--client", "curl"]
    from_stack = start(*asked, folder=deployed.program, environment=variables)
    from_file = start(*asked, "--catalogue", "c.json", folder=deployed.program)
    assert from_stack.code == 0
    assert from_stack == from_file
    key = {"AWS_BEARER_TOKEN_BEDROCK": f"local-key-{DEV}-us-west-2"}
    subprocess.run(["bash", "-ec", from_stack.out], env={**variables, **key}, check=True, capture_output=True)
    assert [(meter["project"], meter["requests"]) for meter in cloud.aws.meters()] == [(ids["Chat-Dev"], 1)]

    pending = start("use", "new", *asked[2:], folder=deployed.program, environment=variables)
    assert (pending.code, pending.out) == (1, "")
    assert "'new' is pending in 'dev'" in pending.err

    # A targeted up skips the entry: it is among the outputs, and pending still.
    deployed.up("--target", deployed.resources()["search"]["urn"]).succeeded()
    assert "new" in deployed.outputs()["projects"]
    written = start("catalogue", "--stack", "dev", folder=deployed.program, environment=variables)
    assert (written.code, written.err) == (0, "")
    assert set(json.loads(written.out)["environments"]["dev"]["projects"]) == {"chat", "search"}
    assert start("use", "search", *asked[2:], folder=deployed.program, environment=variables).code == 0
    assert start("use", "new", *asked[2:], folder=deployed.program, environment=variables) == pending
