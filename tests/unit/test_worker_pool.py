"""The provider process works on many requests at once, and on four where the pool cannot be found."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from bedrock_projects.resources.sdk import widen_worker_pool
from tests.patience import LIMIT


def test_from_within_a_worker_the_pool_takes_many_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert pool.submit(widen_worker_pool, 12).result()
        together = Barrier(12, timeout=LIMIT)
        assert sorted(pool.map(lambda _: together.wait(), range(12))) == list(range(12))


def test_calls_that_wait_already_are_worked_on_at_once() -> None:
    started, together = Event(), Barrier(12, timeout=LIMIT)
    with ThreadPoolExecutor(4) as pool:
        widened = pool.submit(lambda: (started.wait(), widen_worker_pool(12)))
        waiting = [pool.submit(together.wait) for _ in range(12)]
        started.set()
        assert widened.result()[1]
        assert sorted(future.result() for future in waiting) == list(range(12))


def test_a_wider_pool_is_not_narrowed() -> None:
    with ThreadPoolExecutor(40) as pool:
        assert pool.submit(widen_worker_pool, 12).result()
        together = Barrier(40, timeout=LIMIT)
        assert sorted(pool.map(lambda _: together.wait(), range(40))) == list(range(40))


def test_elsewhere_it_says_so_and_changes_nothing() -> None:
    assert widen_worker_pool(12) is False
