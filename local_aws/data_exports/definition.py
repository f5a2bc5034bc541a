"""What an export is of and how it is delivered, as the control API takes it."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Table = Literal["cur2"]
_Period = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class DataExport(BaseModel):
    """An export and one refresh of it.

    `account` has it, and sees what it sees in Cost Explorer. `destination` is an absolute folder of this machine, or
    `s3://bucket/prefix` of a bucket behind this server. `periods` are billing periods (`YYYY-MM`), by default all that
    have lines. `columns` are those of the query, by default what `columns.CUR2_DEFAULT` names.

    What AWS does now and then: `chunk_rows` splits a period into files of so many rows, `empty_chunk` adds one without
    rows, `late_columns` are in the last file only, `money` is the type of the costs in Parquet, and `nothing` how a
    text column without a value is written: as null, as an empty text, or as the word NULL.
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
    chunk_rows: Annotated[int | None, Field(ge=1)] = None
    empty_chunk: bool = False
    late_columns: tuple[str, ...] = ()
    money: Literal["DOUBLE", "DECIMAL"] = "DOUBLE"
    nothing: Literal["null", "empty", "NULL"] = "null"


SUFFIXES: Final = {"parquet": "snappy.parquet", "csv": "csv.gz"}
