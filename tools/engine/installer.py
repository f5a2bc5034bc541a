"""The Pulumi CLI by way of the SDK's own installer, which fetches what https://get.pulumi.com has."""

import importlib.metadata
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.engine import cache
from tools.engine.finder import NO_SDK, Engine, WayError
from tools.engine.work import Task

# The SDK waits for an answer without end. So the same page is asked for first, with a limit that also ends a
# resolver that never answers; only then is the installer given the time that a download may take.
ASK = """
import sys, urllib.request
try:
    urllib.request.urlopen("https://get.pulumi.com/install.sh", timeout=float(sys.argv[1])).close()
except OSError as error:
    sys.exit(f"https://get.pulumi.com/install.sh: {error}")
"""
INSTALL = """
import sys
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1])
"""


@dataclass(frozen=True)
class Installer:
    """`pulumi.automation.PulumiCommand.install`, in a process of its own; limits are in seconds."""

    root: Path
    run: Callable[[Task], str]
    say: cache.Say
    answer_limit: float = 20
    download_limit: float = 600
    name: str = "installer"

    def _folder(self) -> Path:
        """The SDK installs the CLI of its own version."""
        try:
            return self.root / f"installed-{importlib.metadata.version('pulumi')}"
        except importlib.metadata.PackageNotFoundError:
            raise WayError(NO_SDK.format(sys.executable)) from None

    def have(self) -> Engine | None:
        """The CLI that was installed before."""
        try:
            folder = self._folder()
        except WayError:
            return None
        return Engine(folder / "bin") if folder.exists() else None

    def get(self) -> Engine:
        """Asks for the installer, then lets it run."""
        folder = self._folder()
        return Engine(cache.make_folder(folder, fill=self._install, say=self.say) / "bin")

    def _install(self, folder: Path) -> None:
        ask = (sys.executable, "-c", ASK, str(self.answer_limit))
        self.run(Task("asking for Pulumi's installer", ask, limit=self.answer_limit))
        install = (sys.executable, "-c", INSTALL, str(folder))
        self.run(Task("installing the Pulumi CLI", install, limit=self.download_limit))
        for name in ("pulumi", "pulumi-language-python"):
            if not (folder / "bin" / name).exists():
                raise WayError(f"Pulumi's installer ended well, but left no {name}")
