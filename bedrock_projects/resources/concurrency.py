"""More than four requests in flight from the provider process."""

import sys
from concurrent.futures import ThreadPoolExecutor

REQUESTS_IN_FLIGHT = 32


def widen_worker_pool(workers: int = REQUESTS_IN_FLIGHT) -> bool:
    """Lets the SDK's gRPC server, on one of whose worker threads this is called, work on that many calls at once.

    The SDK starts its provider process with four workers and no way to ask for more. A worker thread holds a reference
    to its pool, so the pool is found from here. False where the SDK or Python is made otherwise: then it stays at four,
    which is slower and nothing else.
    """
    frame = sys._getframe()  # noqa: SLF001 (the only way to the pool that this thread works for)
    while frame.f_back is not None:
        frame = frame.f_back
        reference = frame.f_locals.get("executor_reference")
        pool = reference() if callable(reference) else None
        if isinstance(pool, ThreadPoolExecutor) and _has_what_is_used(pool):
            _widen(pool, workers)
            return True
    return False


def _has_what_is_used(pool: ThreadPoolExecutor) -> bool:
    return isinstance(getattr(pool, "_max_workers", None), int) and callable(
        getattr(pool, "_adjust_thread_count", None)
    )


def _widen(pool: ThreadPoolExecutor, workers: int) -> None:
    added = workers - pool._max_workers  # noqa: SLF001 (as its caller says)
    pool._max_workers = max(pool._max_workers, workers)  # noqa: SLF001
    # Threads are started only when a call comes in and no worker has just become free: with a backlog, as in a destroy,
    # where all calls are there before the first is answered, the pool would stay as small as it was.
    for _ in range(added):
        pool._adjust_thread_count()  # noqa: SLF001
