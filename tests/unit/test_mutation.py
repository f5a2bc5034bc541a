"""What mutation testing names is there: it would say nothing of a module, a test or an explanation that was renamed."""

from pathlib import Path

import pytest

from tools.mutation.copying import fast_tests, mutated
from tools.mutation.explained import reasons, stale


def test_each_module_and_each_test_that_it_names_is_there() -> None:
    assert mutated()
    assert fast_tests()


def test_a_module_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing in .* is called .*projects/plan\.py"):
        mutated(tmp_path)


def test_each_function_that_is_explained_is_there_and_one_that_is_not_is_named() -> None:
    assert stale(reasons()) == []
    gone = ("projects.plan.x_undecide", "return None")
    assert stale({**reasons(), gone: "it was taken out"}) == ["projects.plan.x_undecide"]
