"""The sessions of the pages about commands: typed again, and answered as printed."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.documents import REPLAYED_BY, ROOT, sessions
from tests.expected import Expected
from tests.local_aws.doc_setups import DOC_SETUPS, DocSetup
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.shell import bash

PAGES = [page for page, test in REPLAYED_BY.items() if ROOT / test == Path(__file__)]


@pytest.fixture
def doc_setup(aws: LocalAws, tmp_path: Path) -> Iterator[DocSetup]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        **aws.environment(ACCOUNT, region=REGION),
    }
    with bash(tmp_path, environment) as shell:
        yield DocSetup(aws, tmp_path, shell)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_its_commands_answer(page: str, doc_setup: DocSetup, expected: Expected) -> None:
    page_sessions = sessions(page)
    assert [session.name for session in page_sessions] == list(DOC_SETUPS[page])
    differences = []
    for session in page_sessions:
        DOC_SETUPS[page][session.name](doc_setup)
        differences += doc_setup.shell.differences(session, expected)
    assert not differences, "\n\n".join(differences)
