"""A refresh of a data export, without a server."""

import pytest

from local_aws import CostLine, DataExport
from local_aws.clock import unix
from local_aws.cost_explorer.entries import add_lines
from local_aws.data_exports.definition import Table
from local_aws.data_exports.delivery import refresh
from local_aws.state import State

ACCOUNT = "111111111111"


def _state() -> State:
    state = State(lambda _key: None)
    state.reset(seed=1, now=unix("2026-03-15T00:00:00Z"))
    fields = {"account": ACCOUNT, "service": "Amazon Bedrock", "amount": "1"}
    add_lines(state, [CostLine.model_validate({**fields, "day": f"2026-0{month}-01"}) for month in (2, 3)])
    return state


@pytest.mark.parametrize("table", ["cur2", "focus-1.2"])
@pytest.mark.parametrize("mode", ["overwrite", "create-new"])
def test_the_manifest_of_a_period_is_written_last(table: Table, mode: str) -> None:
    export = DataExport.model_validate({"account": ACCOUNT, "destination": "/x", "table": table, "mode": mode})
    paths = [file.path for file in refresh(_state(), export)]
    for month in ("2026-02", "2026-03"):
        period = [path for path in paths if f"={month}/" in path]
        assert period[-1].endswith(f"={month}/acme-cur2-Manifest.json")
        kinds = [path.split("/")[1] for path in period]
        assert kinds == sorted(kinds)


def test_a_refresh_of_the_same_bill_has_the_same_files() -> None:
    export = DataExport(account=ACCOUNT, destination="/x", format="csv")
    one, other = ([file for file in refresh(_state(), export) if "data" in file.path] for _ in range(2))
    assert one == other
