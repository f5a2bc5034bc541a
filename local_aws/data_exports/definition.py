"""What an export is of and how it is delivered, as the control API takes it."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Table = Literal["cur2", "focus-1.0", "focus-1.2"]
_Period = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class DataExport(BaseModel):
    """An export and one refresh of it.

    `account` has it, and sees what it sees in Cost Explorer. `destination` is an absolute folder of this machine, or
    `s3://bucket/prefix` of a bucket behind this server. `periods` are billing periods (`YYYY-MM`), by default all that
    have lines. `columns` are those of the query, by default all of FOCUS, and of CUR 2.0 what `columns.CUR2_DEFAULT`
    names. `tag_keys` are those of FOCUS: as they were given, or as in the map `resource_tags` of CUR 2.0.

    What files of exports are like now and then: `chunk_rows` splits a period into files of so many rows, `empty_chunk`
    adds one of nothing (gzip) or without rows (Parquet), `late_columns` are in the last file only, `money` is the type
    of costs in Parquet, `numbers` how CSV writes them, and `nothing` how a text without a value is written: `mixed`
    (null here, an empty text there), all null, or the word NULL.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    destination: Annotated[str, Field(pattern=r"^(/|s3://[a-z0-9.-]+(/|$))")]
    table: Table = "cur2"
    name: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,128}$")] = "acme-cur2"
    format: Literal["parquet", "csv"] = "parquet"
    mode: Literal["overwrite", "create-new"] = "overwrite"
    granularity: Literal["hourly", "daily", "monthly"] = "daily"
    periods: tuple[_Period, ...] | None = None
    columns: tuple[str, ...] | None = None
    tag_keys: Literal["plain", "normalized"] = "plain"
    chunk_rows: Annotated[int | None, Field(ge=1)] = None
    empty_chunk: bool = False
    late_columns: tuple[str, ...] = ()
    money: Literal["DOUBLE", "DECIMAL"] = "DOUBLE"
    numbers: Literal["java", "plain"] = "java"
    nothing: Literal["mixed", "null", "NULL"] = "mixed"


SUFFIXES: Final = {"parquet": "snappy.parquet", "csv": "csv.gz"}
