"""`pulumi new` from this repository instead of its template: the CLI cannot refuse it, so it says what to do."""

import shutil
import subprocess
from pathlib import Path

from tests.engine.harness import REPOSITORY, pulumi_environment


def test_a_copy_of_all_sources_says_how_to_get_a_repository(tmp_path: Path) -> None:
    sources, copy, backend = (tmp_path / name for name in ("sources", "copy", "backend"))
    for folder in (sources, copy, backend):
        folder.mkdir()
    shutil.copy(REPOSITORY / "Pulumi.yaml", sources)
    command = ["pulumi", "new", str(sources), "--yes", "--generate-only", "--name", "acme", "--non-interactive"]
    environment = pulumi_environment(tmp_path, backend=backend)
    done = subprocess.run(command, cwd=copy, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    assert "`bedrock-projects init <folder>`, or `pulumi new <clone>/templates/pulumi`" in done.stdout
    assert "quickstart" not in (copy / "Pulumi.yaml").read_text("utf-8")
