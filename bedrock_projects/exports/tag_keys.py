"""Reads which tag keys an export has, as it writes them."""

from collections.abc import Mapping, Sequence
from typing import Final

from bedrock_projects.exports import cur2, focus
from bedrock_projects.exports import expressions as sql
from bedrock_projects.exports.loading import Limits, PeriodFiles, connect, readable, schema_of
from bedrock_projects.exports.relations import relation

MAPS: Final = (cur2.TAGS, cur2.RESOURCE_TAGS, focus.TAGS)
"""The columns of tags, of all tables."""


def tag_keys_of(sources: Sequence[PeriodFiles]) -> Mapping[str, frozenset[str]]:
    """The keys of all lines by the column of tags; columns that no file has are left out.

    Raises SettingsError if the files cannot be read.
    """
    found: dict[str, set[str]] = {}
    with connect(Limits()) as connection:
        for source in sources:
            table = relation(source.paths, source.delivery.format, of=source.of)
            if table is None:
                continue
            schema = schema_of(connection, table, of=source.of)
            for name in filter(schema.has, MAPS):
                keys = sql.map_keys(schema, name)
                statement = f"SELECT DISTINCT unnest({keys}) FROM {table.sql} WHERE {name} IS NOT NULL"
                with readable(source.of):
                    rows = connection.execute(statement, dict(table.parameters)).fetchall()
                found.setdefault(name, set()).update(key for (key,) in rows)
    return {name: frozenset(keys) for name, keys in found.items()}
