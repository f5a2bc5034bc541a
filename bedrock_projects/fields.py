"""The simple fields of an entry, once: one text in the file becomes one value of the model.

The form of the file, merging, dumping, the inputs of the resource and the words for a change are made from these rows.
`model.Project` has the type and the default of each. Name, tags, environments, aliases and previous owners are code.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bedrock_projects import limits
from bedrock_projects.limits import Limit

FieldKind: TypeAlias = Literal["retention"]


@dataclass(frozen=True, kw_only=True)
class EntryField:
    """A field of an entry.

    `shape` is the limit of a text, the words to choose from, or `bool`. `default` says in words what holds without it.
    `held_as` is the attribute that holds it, if that is not called like the key. `compared`: a difference is a change
    of the resource.
    """

    key: str
    shape: Limit | tuple[str, ...] | type[bool]
    description: str
    default: str = ""
    held_as: str = ""
    compared: bool = False

    @property
    def attribute(self) -> str:
        """The attribute of `model.Project`, and of what is made of it, that holds the field."""
        return self.held_as or self.key

    def of(self, holder: object) -> str | bool | None:
        """What a project, a declaration, an update or a project in AWS says of this field."""
        value: str | bool | None = getattr(holder, self.attribute)
        return value


@dataclass(frozen=True, kw_only=True)
class SentField(EntryField):
    """A field that an update sends to AWS.

    `kind` is its change in a review's JSON and in the line of preflight, `label` its name in sentences and headings.
    """

    compared: bool = True
    kind: FieldKind
    label: str


READER_FIELDS = (
    EntryField(key="description", shape=limits.DESCRIPTION, description="For reviewers; it stays in the file."),
)
"""No environment overrides them, and nothing is deployed of them."""

PLACED_FIELDS = (
    EntryField(key="region", shape=limits.REGION, description="The project's region.", default="the environment's"),
    EntryField(
        key="move_from",
        shape=limits.REGION,
        description="The region that the project leaves for another: it becomes a new project with a new id, and the "
        "old one is archived.",
    ),
    SentField(
        key="data_retention",
        shape=limits.RETENTION_MODES,
        description="The data retention mode; not written, it is not managed.",
        default="not managed",
        kind="retention",
        label="data retention",
    ),
    EntryField(
        key="status",
        shape=("active", "archived", "released"),
        description="`archived` retires the project for ever, `released` lets go of it; a later change takes the entry "
        "out.",
        default="active",
        compared=True,
    ),
    EntryField(
        key="protect",
        shape=bool,
        description="Whether an entry that vanishes, moves or is archived fails the preview.",
        default="the environment's",
    ),
    EntryField(
        key="on_remove",
        shape=("archive", "release"),
        description="What removing the entry does: archive the project for ever, or only take the ownership tag off.",
        default="archive; release with `id`",
        compared=True,
    ),
    EntryField(
        key="id",
        shape=limits.PROJECT_ID,
        description="A project that exists already and is adopted; taking the line out later changes nothing.",
        held_as="adopt_id",
        compared=True,
    ),
)
"""An environment may override them."""

FIELDS: tuple[EntryField, ...] = (*READER_FIELDS, *PLACED_FIELDS)
SENT_FIELDS = tuple(field for field in FIELDS if isinstance(field, SentField))
