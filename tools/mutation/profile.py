"""A pytest plugin: few examples of each property, the same ones in each run, and the pure tests first.

mutmut hands the tests of a mutant over in any order, and one against the local AWS takes as long as many pure ones.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation",
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests that start a local AWS last."""
    items.sort(key=lambda item: "local_aws" in item.path.parts)
