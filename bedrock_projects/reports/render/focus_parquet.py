"""Writes the charges of a report as Parquet, by DuckDB: amounts as decimals, texts as they are, times in UTC."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bedrock_projects.errors import BedrockProjectsError, SettingsError
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import focus

PLACES: Final = 18
"""The decimal places of an amount, as many as reports of data exports have; Cost Explorer writes ten (seen)."""
_TYPES: Final[Mapping[focus.ColumnType, str]] = {
    "text": "VARCHAR",
    "decimal": f"DECIMAL(38, {PLACES})",
    "time": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
}
_READ: Final = (
    "read_csv($file, columns=$columns, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr='', "
    "strict_mode=true)"
)
_WITHOUT_EXTENSIONS: Final[dict[str, Any]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""DuckDB would fetch them from the internet."""


def check_installed() -> None:
    """Raises BedrockProjectsError if the extra `exports` is not installed."""
    try:
        import duckdb
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"the Python package {missing.name}, which writes Parquet, is not installed; "
            "run `pip install 'bedrock-projects[exports]'` or choose another format"
        ) from missing
    del duckdb


def render(report: Report) -> bytes:
    """The bytes of the file.

    Raises BedrockProjectsError if the extra `exports` is not installed, and SettingsError if an amount has more decimal
    places than the file has.
    """
    check_installed()
    import duckdb

    for charge in focus.charges(report):
        _check_places(charge.amount)
        _check_places(charge.quantity or Decimal())
    with TemporaryDirectory() as folder, duckdb.connect(config=_WITHOUT_EXTENSIONS) as connection:
        source, target = Path(folder, "charges.csv"), Path(folder, "charges.parquet")
        source.write_text(focus.render_exact(report), encoding="utf-8", newline="")
        connection.execute("SET TimeZone = 'UTC'")
        columns = {name: _TYPES[kind] for name, kind in focus.TYPES.items()}
        rows = connection.sql(f"SELECT * FROM {_READ}", params={"file": str(source), "columns": columns})  # noqa: S608
        rows.write_parquet(str(target))
        return target.read_bytes()


def _check_places(amount: Decimal) -> None:
    if len(f"{amount:f}".partition(".")[2].rstrip("0")) > PLACES:
        raise SettingsError(
            f"--format focus: {amount:f} has more than {PLACES} decimal places; use --format csv, which has all"
        )
