"""All that the local AWS remembers, in one place, so that a reset forgets all of it."""

import random
import uuid
from collections.abc import Callable

from local_aws.accounts import Accounts, Secret
from local_aws.bedrock.models import NativeProjects
from local_aws.bedrock.throttling import Throttle
from local_aws.bedrock_mantle.metrics import MetricFeed
from local_aws.bedrock_mantle.models import DEFAULT_ID, Place, Project, ProjectIds, ProjectStore
from local_aws.clock import Clock
from local_aws.cost_explorer.models import BillingStore
from local_aws.faults import FaultRules
from local_aws.metering import MeterStore
from local_aws.recorder import Recorder
from local_aws.settings import Settings


class State:
    """Touched by one thread only, the event loop's: nothing here locks.

    `temporary` finds the access keys that moto issued. `settings` are those of the start and after each
    reset, by default all defaults.
    """

    def __init__(self, temporary: Callable[[str], Secret | None], settings: Settings | None = None) -> None:
        self._temporary = temporary
        self._first_settings = settings or Settings()
        self.reset()

    def reset(self, *, seed: int | None = None, now: float | None = None) -> None:
        """Forgets everything. A `seed` makes the ids repeatable; `now` (unix seconds) sets the clock."""
        self.clock = Clock()
        if now is not None:
            self.clock.set(now)
        self.settings = self._first_settings
        self.accounts = Accounts(self._temporary)
        self.faults = FaultRules()
        self.recorder = Recorder()
        ids = ProjectIds(random.Random(seed))  # noqa: S311  ids, no secrets
        self.projects = ProjectStore(ids)
        self.native = NativeProjects(self.projects, ids)
        self.native_throttle = Throttle()
        self.meters = MeterStore()
        self.metrics = MetricFeed()
        self.billing = BillingStore()
        # Of data exports: the files that were ever written, by destination.
        self.deliveries: dict[str, set[str]] = {}
        # Of its own, so that reading does not change which ids the next projects get.
        self._request_ids = random.Random(seed)  # noqa: S311  likewise

    def project(self, project_id: str) -> tuple[ProjectStore, Place, Project]:
        """A project of either API with where it is. ValueError for an id that nobody got, and for `default`."""
        now = self.clock.now()
        if project_id == DEFAULT_ID:
            raise ValueError(f"{project_id} alone does not say in which account and region")
        for store in (self.projects, self.native.own):
            for place in store.places():
                project = store.all(place, now=now).get(project_id)
                if project is not None:
                    return store, place, project
        raise ValueError(f"no project {project_id} in any account and region")

    def request_id(self) -> str:
        """A new request id."""
        return str(uuid.UUID(int=self._request_ids.getrandbits(128), version=4))
