"""What is kept of each line of which a report shows more than the bill, in the columns of the table in memory.

Each value more makes more groups of lines, so what only one table of a report needs is kept for its lines alone.
"""

from typing import Final

from bedrock_projects.exports.layout import LineColumns, LineQuery

PROJECT: Final = "_project"
"""The SQL of the ownership tag, which is read once for each line."""
PROJECT_RESOURCE: Final = "project"
"""The kind of a resource whose id is the ARN of a project, on either endpoint."""
LONG: Final = "long"
"""The length of a line of more than an hour, in a report by hour."""
HOUR: Final = 60
"""An hour in minutes."""
_PROJECT_ARN: Final = "arn:%:bedrock%:project/%"


def detail_names(query: LineQuery) -> tuple[str, ...]:
    """The columns of the details of a line, in the order of `details`."""
    tags = (f"tag{index}" for index in range(len(query.tag_keys)))
    origins = ("resource_id", "iam_principal") if query.origins_without else ()
    length = ("length",) if query.is_by_hour else ()
    return "project", "account", "model", "usage_type", "unit", *tags, "resource_kind", *origins, *length


def details(query: LineQuery, columns: LineColumns) -> tuple[str, ...]:
    """The SQL of the details. Resources and principals are many, so they are kept only if the report shows them."""
    origins: tuple[str, ...] = ()
    if key := query.origins_without:
        value = PROJECT if key == query.ownership_tag_key else columns.tags[query.tag_keys.index(key)]
        is_shown = f"{value} IS NULL AND list_contains($usage, {columns.line_type})"
        origins = tuple(
            f"CASE WHEN {is_shown} THEN {each} END" for each in (columns.resource_id, columns.iam_principal)
        )
    kind = (
        f"CASE WHEN {PROJECT} IS NOT NULL AND {columns.resource_id} LIKE '{_PROJECT_ARN}' THEN '{PROJECT_RESOURCE}' END"
    )
    length = (f"CASE WHEN {columns.minutes} > {HOUR} THEN '{LONG}' END",) if query.is_by_hour else ()
    named = (PROJECT, columns.account, columns.model, columns.usage_type, columns.unit, *columns.tags)
    return (*named, kind, *origins, *length)
