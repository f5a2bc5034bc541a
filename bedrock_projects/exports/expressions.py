"""The SQL that reads a column of any table of AWS Data Exports; names of others are parameters of it.

AWS writes costs as decimals, but Parquet files have them as doubles. The shortest text of a double is what AWS wrote,
so costs are read by their text and summed as decimals of 18 places: sums of doubles depend on the number of threads.
"""

from typing import Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.schema import Schema

NOTHING: Final = "CAST(0 AS DECIMAL(38, 18))"
"""The amount 0."""


def text(column: str) -> str:
    """The text of a column; an empty one and the word NULL are no text."""
    return f"nullif(nullif(CAST({column} AS VARCHAR), ''), 'NULL')"


def day(schema: Schema, column: str) -> str:
    """The day (UTC) of a column."""
    return f"CAST({column} AS DATE)" if schema.is_timestamp(column) else f"CAST(left({column}, 10) AS DATE)"


def moment(schema: Schema, column: str) -> str:
    """The time (UTC) of a column, to the second."""
    return column if schema.is_timestamp(column) else f"CAST(replace(left({column}, 19), 'T', ' ') AS TIMESTAMP)"


def money(schema: Schema, column: str) -> str:
    """The exact amount of a column, as a decimal of 18 places.

    Casting a text to a decimal takes ten times as long as a double. A double below 100,000 that is the nearest to a
    decimal of 10 places has that decimal as its shortest text: no two decimals of 15 digits have the same double.
    """
    by_text = f"CAST(CAST({column} AS VARCHAR) AS DECIMAL(38, 18))"
    if schema.types[column] != "DOUBLE":
        return by_text
    near = f"CAST({column} AS DECIMAL(15, 10))"
    is_near = f"abs({column}) < 99999 AND CAST({near} AS DOUBLE) = {column}"
    return f"CASE WHEN {is_near} THEN CAST({near} AS DECIMAL(38, 18)) ELSE {by_text} END"


def map_keys(schema: Schema, column: str) -> str:
    """The keys of a map, or of its JSON text."""
    return f"map_keys({column})" if _is_map(schema, column) else f"json_keys({column})"


def entry(schema: Schema, column: str, parameter: str) -> str:
    """The text of a map's entry; the parameter is its key, or its JSON pointer if the map is a text."""
    found = f"{column}[${parameter}]" if _is_map(schema, column) else f"json_extract_string({column}, ${parameter})"
    return text(found)


def entry_key(schema: Schema, column: str, key: str) -> str:
    """The value of the parameter of `entry` for a key."""
    if _is_map(schema, column):
        return key
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _is_map(schema: Schema, column: str) -> bool:
    """Whether the column is a map, not its JSON text. Raises SettingsError for other types: they would have no key."""
    kind = schema.types[column]
    if kind.startswith("MAP"):
        return True
    if kind != "VARCHAR":
        raise SettingsError(
            f"{schema.of}: the column {column} has the type {kind}, which is neither a map nor a text; give the files "
            "as AWS delivers them"
        )
    return False
