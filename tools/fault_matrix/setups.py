"""How the stack of a scenario is before the faults: projects of its own, of strangers, and what the file wants."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from tools.fault_matrix.stack import Stack

REGION = "us-west-2"
TAG = "bedrock-project"
OURS = "acme/dev/"
# None of them is the stack's, however much its tag looks so.
_STRANGERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Team": "Care"},
    {TAG: "acme/prod/p1"},
    {TAG: "other/dev/p1"},
    {TAG: "acme/develop/p1"},
)


@dataclass
class Setup:
    """`strangers` and `own` (before the first run) are project ids; `wanted` is the file."""

    strangers: list[RemoteProject]
    wanted: list[DeclaredProject]
    stack: Stack = field(default_factory=Stack)
    own: frozenset[str] = frozenset()


def lifecycle(sleep: Callable[[float], None], *, destroyed: int = 0) -> ProjectLifecycle:
    """The provider's part of one run; a destroy has confirmed how many it archives."""
    return ProjectLifecycle(Credentials(), ledger=RunLedger(allowed=str(destroyed)), warn=print, sleep=sleep)


def setup(scenario: str, projects: int, endpoint: Endpoint) -> Setup:
    """The scene of the scenario of that name, with so many projects at the endpoint."""
    where = RegionalEndpoint(REGION, endpoint)
    strangers = _by_hand(where, [(f"Stranger {number}", tags) for number, tags in enumerate(_STRANGERS)])
    return _SETUPS[scenario](strangers, _entries(projects, endpoint))


def _entries(count: int, endpoint: Endpoint) -> list[DeclaredProject]:
    return [
        DeclaredProject(
            key=f"p{number}",
            name=f"P{number}",
            region=REGION,
            endpoint=None if endpoint is MANTLE else endpoint.name,
            owner=f"{OURS}p{number}",
            owner_tag_key=TAG,
            tags={"Team": f"T{number % 7}"},
        )
        for number in range(count)
    ]


def _new(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    return Setup(strangers, entries)


def _deployed(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    stack = Stack()
    for error in stack.up(entries, lifecycle(lambda _: None)):
        raise error
    own = frozenset(managed.id for managed in stack.held.values())
    return Setup(strangers, entries, stack, own)


def _retag(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    edited = [replace(entry, name=f"{entry.name} B", tags={"CostCenter": "1"}) for entry in entries]
    return replace(_deployed(strangers, entries), wanted=edited)


def _archive(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    return replace(_deployed(strangers, entries), wanted=[])


def _state_lost(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    return replace(_deployed(strangers, entries), stack=Stack())


def _adopt(strangers: list[RemoteProject], entries: list[DeclaredProject]) -> Setup:
    made = _by_hand(entries[0].where, [(f"Old {entry.name}", {"stray": "1"}) for entry in entries])
    wanted = [replace(entry, adopt_id=project.id) for entry, project in zip(entries, made, strict=True)]
    return Setup(strangers, wanted, own=frozenset(project.id for project in made))


_SETUPS: dict[str, Callable[[list[RemoteProject], list[DeclaredProject]], Setup]] = {
    "new": _new,
    "retag": _retag,
    "archive": _archive,
    "adopt": _adopt,
    "state lost": _state_lost,
}


def _by_hand(where: RegionalEndpoint, wishes: Sequence[tuple[str, Mapping[str, str]]]) -> list[RemoteProject]:
    client = open_projects_api(Credentials(), where)
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda wish: client.create(name=wish[0], tags=wish[1], data_retention=None), wishes))
