"""The state is lost or moved: nothing is made twice."""

from collections.abc import Callable

from tests.engine.conftest import Cloud
from tests.engine.harness import Stack


def test_the_next_up_finds_its_projects_again(cloud: Cloud, deployed: Stack) -> None:
    """`test_endpoints.py` has a create whose answer is lost."""
    losses: dict[str, Callable[[], None]] = {
        "the state is lost": deployed.lose_state,
        "the backend is moved": deployed.move_backend,
    }
    before = deployed.outputs()["projects"]
    cloud.forget_requests()
    for loss, lose in losses.items():
        lose()
        deployed.up().succeeded()
        assert cloud.changes() == [], loss
        assert deployed.outputs()["projects"] == before, loss
    assert deployed.preview("--expect-no-changes").succeeded().changes == {}
