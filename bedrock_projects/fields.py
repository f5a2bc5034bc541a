"""The simple fields of an entry: one string in the file becomes one value of the model.

The schema, merging, dumping, the inputs of the resource and the words for a change are made from these rows.
`model.Project` has the type and the default of each. Name, tags, environments, aliases and previous owners are code.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bedrock_projects import limits
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE
from bedrock_projects.limits import Limit

FieldKind: TypeAlias = Literal["retention"]


@dataclass(frozen=True, kw_only=True)
class EntryField:
    """A field of an entry.

    `shape` is the limit of a string, the words to choose from, or `bool`. `default` describes the default in words.
    `held_as` is the attribute that holds it, if its name is not the key. `compared`: a difference is a change of the
    resource.
    """

    key: str
    shape: Limit | tuple[str, ...] | type[bool]
    description: str
    default: str = ""
    held_as: str = ""
    compared: bool = False

    @property
    def attribute(self) -> str:
        """The attribute that holds the field in `model.Project` and in all types that are derived from it."""
        return self.held_as or self.key

    def of(self, holder: object) -> str | bool | None:
        """The value of this field in a project, a declaration, an update or a project in AWS."""
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
    EntryField(key="description", shape=limits.DESCRIPTION, description="For reviewers; not sent to AWS."),
)
"""No environment overrides them, and they are not deployed."""

PLACED_FIELDS = (
    EntryField(key="region", shape=limits.REGION, description="The project's region.", default="the environment's"),
    EntryField(
        key="move_from",
        shape=limits.REGION,
        description="The previous region of a project that moves. The run creates a new project (new id) and archives "
        "the old one.",
    ),
    EntryField(
        key="endpoint",
        shape=tuple(ENDPOINTS),
        description="The endpoint whose API manages the project and whose requests name it.",
        default=f"the environment's; else `{MANTLE}`",
    ),
    EntryField(
        key="move_from_endpoint",
        shape=tuple(ENDPOINTS),
        description="The previous endpoint of a moving project. If both endpoints have it, its id stays; otherwise the "
        "run archives it and creates a new one.",
    ),
    SentField(
        key="data_retention",
        shape=limits.RETENTION_MODES,
        description="The data retention mode.",
        default="not managed",
        kind="retention",
        label="data retention",
    ),
    EntryField(
        key="status",
        shape=limits.STATUSES,
        description="`archived` archives the project permanently, `released` stops managing it. Remove the entry in a "
        "later change.",
        default="active",
        compared=True,
    ),
    EntryField(
        key="protect",
        shape=bool,
        description="Whether a run refuses to remove the entry or move it to another region or endpoint. It does not "
        "prevent `status: archived`.",
        default="the environment's",
    ),
    EntryField(
        key="on_remove",
        shape=("archive", "release"),
        description="What removing the entry does: archive the project permanently, or release it (stop managing it).",
        default="archive; release with `id`",
        compared=True,
    ),
    EntryField(
        key="id",
        shape=limits.PROJECT_ID,
        description="The id of an existing project to adopt. Keep it: after a lost state, it alone says that the "
        "project was adopted.",
        held_as="adopt_id",
        compared=True,
    ),
)
"""An environment may override them."""

FIELDS: tuple[EntryField, ...] = (*READER_FIELDS, *PLACED_FIELDS)
SENT_FIELDS = tuple(field for field in FIELDS if isinstance(field, SentField))
