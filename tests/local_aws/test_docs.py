"""The sessions of the pages about commands: typed again, and answered as printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.documents import REPLAYED_BY, ROOT, sessions
from tests.expected import Expected
from tests.local_aws.doc_setups import DOC_SETUPS, DocSetup, open_doc_setup

PAGES = [page for page, test in REPLAYED_BY.items() if ROOT / test == Path(__file__)]


@pytest.fixture
def doc_setup(aws: LocalAws, tmp_path: Path) -> Iterator[DocSetup]:
    with open_doc_setup(aws, tmp_path) as setup:
        yield setup


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_its_commands_answer(page: str, doc_setup: DocSetup, expected: Expected) -> None:
    page_sessions = sessions(page)
    assert [session.name for session in page_sessions] == list(DOC_SETUPS[page])
    differences = []
    for session in page_sessions:
        DOC_SETUPS[page][session.name](doc_setup)
        differences += doc_setup.shell.differences(session, expected)
    assert not differences, "\n\n".join(differences)
