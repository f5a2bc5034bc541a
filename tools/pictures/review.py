"""Draws what `bedrock-projects review` prints for a change of the sample inventory."""

import tempfile
from pathlib import Path

from tests.local_aws.doc_setups import write_pull_request
from tools.pictures.terminal import draw

_ARGUMENTS = ("review", "main-1", "--environment", "prod")


def draw_review() -> str:
    """The review of the pull request of the page about the command line, as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        write_pull_request(Path(folder))
        return draw(_ARGUMENTS, folder=Path(folder))
