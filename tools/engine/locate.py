"""The ways to a Pulumi CLI, put together for this machine."""

import os
from collections.abc import Callable, Mapping

from tools.engine import cache
from tools.engine.finder import CHOICE, Engine, Way, find
from tools.engine.go_build import GoBuild
from tools.engine.installer import Installer
from tools.engine.on_path import OnPath
from tools.engine.work import Worker


def locate(say: Callable[[str], None], environment: Mapping[str, str] = os.environ) -> Engine:
    """A Pulumi CLI; gets one where there is none, and says so. Raises EngineError."""
    worker = Worker(say)
    root = cache.cache_root(environment)
    ways: list[Way] = [OnPath(), Installer(root, worker.run, say), GoBuild(root, worker.run, say)]
    return find(ways, choice=environment.get(CHOICE, ""))
