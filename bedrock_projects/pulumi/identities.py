"""Which projects a program declares, by its connection to the engine: a process may run several programs."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from pulumi.runtime.settings import get_monitor

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory


@dataclass
class _Declared:
    set: str | None = None
    inventories: frozenset[str] = frozenset()
    owners: dict[str, str] = field(default_factory=dict)


_PROGRAMS: WeakKeyDictionary[object, _Declared] = WeakKeyDictionary()


def declare_set(whose: str, inventory: Inventory) -> None:
    """Notes the set of a program; SettingsError if it has another, or a single project under the inventory's name.

    What a user confirms is the number of one set: that of archives, of orphans, or of projects to take over. With two
    sets, no number would be right for both.
    """
    program = _program()
    if program.set is not None:
        raise SettingsError(
            f"{whose}: the program has {program.set} already, and a stack has the projects of one environment; give it "
            "a stack of its own"
        )
    program.set = whose
    program.inventories = frozenset(filter(None, (inventory.name, inventory.previous_name)))
    for single, owner in program.owners.items():
        _check(single, owner, program)


def declare_single(whose: str, owner: str) -> None:
    """Notes a single project; SettingsError if its owner is under the name of the inventory of the program's set.

    Preflight takes such a project for one whose entry was removed.
    """
    program = _program()
    program.owners[whose] = owner
    _check(whose, owner, program)


def _program() -> _Declared:
    engine = get_monitor()
    return _Declared() if engine is None else _PROGRAMS.setdefault(engine, _Declared())


def _check(single: str, owner: str, program: _Declared) -> None:
    inventory, _, rest = owner.partition("/")
    if inventory in program.inventories:
        raise SettingsError(
            f"{single}: its owner {owner!r} looks like that of an entry of inventory {inventory!r}, which "
            f"{program.set} deploys; write it as an entry, or give another `owner`, such as "
            f"'{inventory}-program/{rest}'"
        )
