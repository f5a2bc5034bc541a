"""What statements show, in each format, and what the journal books."""

import csv
import io
import json
import re
import sys
import zipfile
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from bedrock_projects.chargeback.details import BilledAccount, LineUsage, ModelUsage, MonthDetails, OwnerDetails
from bedrock_projects.chargeback.documents import Document, DocumentState, Overview, documents_of
from bedrock_projects.chargeback.journal import journal_lines, reversal
from bedrock_projects.chargeback.month_file import Booking, MonthFile, Source
from bedrock_projects.chargeback.months import months_of, with_statements
from bedrock_projects.chargeback.render import csv as as_csv
from bedrock_projects.chargeback.render import html, text, xlsx
from bedrock_projects.chargeback.render import json as as_json
from bedrock_projects.chargeback.render.files import Format, check_output, write_statements
from bedrock_projects.chargeback.render.sheets import overview_sheet, statement_sheet
from bedrock_projects.chargeback.rules import Central, Journal, SharedCost, Split
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import BedrockProjectsError, SettingsError
from tests.unit.chargeback_cases import (
    GATEWAY,
    INVOICE,
    SEARCH,
    SHOP,
    closed,
    month,
    row,
    rules,
    shop,
    untagged,
)

JOURNAL = Journal(cost_center="CostCenter", gl_account="6450")
RULES = rules(
    credits="proportional",
    unallocated=Split(method="even"),
    shared=(SharedCost(name="gateway", projects=("gateway",), split=Split(method="proportional")),),
    journal=JOURNAL,
)
USED = ModelUsage(model="Claude Sonnet 5", kind="input", quantity=Decimal(3), unit="1M tokens", cost=Decimal(9))
DETAILS = MonthDetails(
    owners=(
        OwnerDetails(
            owner=SEARCH,
            key="search",
            name="ProductSearch",
            environment="prod",
            id="proj_1",
            tags={"Team": "Search", "CostCenter": "CC-2001"},
            accounts=(BilledAccount(id="222222222222", name="shop"),),
        ),
        OwnerDetails(
            owner=SHOP, key="shop", name="Shop", environment="prod", tags={"Team": "Shop", "CostCenter": "CC-2002"}
        ),
    ),
    usage=(LineUsage(value="Search", owner=SEARCH, usage=(USED,)),),
)
BOOKED = Booking(month="2026-09", number=1, digest="0" * 64, currency="USD", amounts={"Search": Decimal("-3.15")})


def october(**fields: Any) -> MonthFile:
    costs = month(
        row("812.40"),
        row("12.005", owner=""),
        shop("40.12"),
        row("400", value="Platform", owner=GATEWAY),
        untagged("9.99"),
        row("-25.93", charge_type="credit"),
        invoices=(INVOICE,),
    )
    known: dict[str, Any] = {"rules": RULES, "details": DETAILS, "books": (BOOKED,), "costs": costs}
    return closed("2026-10", months=months_of(()), **known | fields)


FILE = october()
BEFORE = with_statements(FILE.model_copy(update={"month": "2026-09", "books": ()}))


def documents(file: MonthFile = FILE, before: MonthFile | None = None) -> tuple[Document, ...]:
    return documents_of(file, state="closed", before=before)[1]


def overview(file: MonthFile = FILE) -> Overview:
    return documents_of(file, state="closed", before=None)[0]


def test_a_statement_has_a_row_for_each_project_one_for_other_usage_and_one_for_each_earlier_month() -> None:
    search = documents()[0]
    assert [each.label for each in search.rows] == [
        "ProductSearch (prod)",
        "tagged usage, not a project",
        "prior period 2026-09, true-up 1",
    ]
    assert search.number == "acme/2026-10/Search/1"
    assert search.columns == ("direct", "shared", "unallocated", "credits", "prior period")
    assert search.cost_center == "CC-2001"


def test_rows_add_up_to_statements_and_these_to_the_overview() -> None:
    made = documents()
    for document in made:
        assert exact_sum(each.total for each in document.rows) == document.total.total
        assert all(exact_sum(each.amounts.values()) == each.total for each in (*document.rows, document.total))
    assert exact_sum(document.total.total for document in made) == overview().total.total
    assert [each.label for each in overview().rows] == ["Search", "Shop"]


def test_a_statement_shows_no_figure_of_another_one() -> None:
    search, shop_statement = documents()
    others = {f"{each.total:,.2f}" for each in shop_statement.rows} | {"Shop", "CC-2002"}
    for content in (text.of_sheet(statement_sheet(search)), as_json.of_statement(search)):
        assert not [other for other in others if other in content]


def test_the_month_before_is_shown_where_it_is_closed() -> None:
    search = documents(before=BEFORE)[0]
    assert search.total.before == exact_sum(each.before for each in search.rows if each.before is not None)
    (heads,) = [line for line in text.of_sheet(statement_sheet(search)).splitlines() if " direct " in line]
    assert heads.endswith("2026-09")


def test_what_only_the_month_before_has_is_in_its_column() -> None:
    gone = row("5.00", value="Gone", owner="acme/prod/gone")
    removed = row("7.00", owner="acme/prod/removed")
    costs = FILE.costs.model_copy(update={"rows": (*FILE.costs.rows, gone, removed)})
    before = with_statements(FILE.model_copy(update={"month": "2026-09", "books": (), "costs": costs}))
    made = documents_of(FILE, state="closed", before=before)[0]
    assert made.total.before == exact_sum(statement.total for statement in before.statements)
    assert [each.label for each in made.rows] == ["Search", "Shop", "Gone"]
    assert "acme/prod/removed" in [each.label for each in documents(before=before)[0].rows]


@pytest.mark.parametrize("value", ["", "Search"])
def test_the_month_before_of_what_only_books_an_earlier_month_is_in_its_column(value: str) -> None:
    """The central statement had a credit and now has an entry; so has a team's usage that is not a project."""
    credit = row("-25", value=value, owner="", charge_type="credit")
    before = closed("2026-09", month(row("9"), shop("9"), credit), months_of(()), rules=rules(credits="as_billed"))
    entry = BOOKED.model_copy(update={"amounts": {value: Decimal("-8.00")}})
    now = closed("2026-10", month(row("9"), shop("9")), months_of(()), rules=before.rules, books=(entry,))
    made = documents_of(now, state="closed", before=before)[0]
    assert made.total.before == exact_sum(statement.total for statement in before.statements)


@pytest.mark.parametrize("now", ["Find", "Shop"])
def test_the_month_before_of_a_value_with_a_new_name_is_that_of_its_former_one(now: str) -> None:
    """Its own new name, or that of a value with which it is one now."""
    details = DETAILS.model_copy(update={"renamed": {"Search": now}})
    rows = tuple(each.model_copy(update={"value": now}) if each.value == "Search" else each for each in FILE.costs.rows)
    costs = FILE.costs.model_copy(update={"rows": rows})
    file = with_statements(FILE.model_copy(update={"costs": costs, "details": details, "books": ()}))
    before = BEFORE.totals
    former = {"Find": before["Search"], "Shop": before["Shop"]}
    if now == "Shop":
        former = {"Shop": exact_sum(before.values())}
    of_all, of_values = documents_of(file, state="closed", before=BEFORE)
    assert {each.label: each.before for each in of_all.rows} == former
    assert {each.value: each.total.before for each in of_values} == former
    assert not [each for document in of_values for each in document.rows if each.amounts and not each.before]


def test_a_preview_has_no_number_of_what_is_booked() -> None:
    states: tuple[DocumentState, ...] = get_args(DocumentState)
    numbers = [each.number for state in states for each in documents_of(FILE, state=state, before=None)[1]]
    assert len({*numbers}) == len(numbers) == 2 * len(states)


@pytest.mark.parametrize("state", get_args(DocumentState))
def test_a_statement_says_of_when_its_data_is(state: DocumentState) -> None:
    delivered = FILE.source.model_copy(update={"delivered": datetime(2026, 11, 8, 4, 12, tzinfo=timezone.utc)})
    asked = Source(kind="cost-explorer", name="Cost Explorer")
    for source, data in (
        (delivered, "acme-cur2, delivered 2026-11-08 04:12 UTC"),
        (asked, "Cost Explorer, read 2026-11-09 04:12 UTC"),
    ):
        file = FILE.model_copy(update={"source": source})
        of_all, (search, _) = documents_of(file, state=state, before=None)
        for sheet in (overview_sheet(of_all), statement_sheet(search)):
            assert f"Source: {data}\n" in text.of_sheet(sheet)


def test_two_corrections_of_one_month_have_labels_of_their_own() -> None:
    second = BOOKED.model_copy(update={"number": 2, "digest": "1" * 64})
    labels = [each.label for each in documents(october(books=(BOOKED, second)))[0].rows]
    assert len({*labels}) == len(labels) == 4


def test_statements_of_two_inventories_have_numbers_of_their_own() -> None:
    """A general ledger takes a reference for the same entry."""
    other = october(inventory="beta")
    references = [{line.reference for line in journal_lines(documents(file), RULES)} for file in (FILE, other)]
    assert not references[0] & references[1]


def test_an_entry_that_is_booked_outside_is_on_no_statement() -> None:
    file = october(books=(BOOKED.model_copy(update={"amounts": {}}),))
    assert "prior period" not in documents(file)[0].columns
    assert "  2026-09, true-up 1: booked outside" in text.of_sheet(overview_sheet(overview(file))).splitlines()


def test_each_statement_has_a_file_of_its_own(tmp_path: Path) -> None:
    values = ("all", "Central", "a/b", "a-b", "Ab", "AB")
    costs = month(*(row("1", value=value) for value in values), untagged("5"))
    of_all, made = documents_of(closed("2026-10", costs, months_of(()), rules=rules()), state="closed", before=None)
    (tmp_path / "2026-10").mkdir()
    names = [path.name for path in write_statements(of_all, made, rules(), [Format.TEXT], tmp_path).paths]
    assert {"statement-all.txt", "statement-central.txt", "statement-a-b.txt"} <= {*names}
    assert len({name.casefold() for name in names}) == len(names) == len(made) + 2


def test_no_file_is_written_if_one_of_them_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "2026-10" / "journal.csv").mkdir(parents=True)
    of_all, made = documents_of(FILE, state="closed", before=None)
    with pytest.raises(SettingsError, match=r"journal\.csv is a folder, so the file cannot be written"):
        write_statements(of_all, made, RULES, [Format.CSV], tmp_path)
    assert [path.name for path in (tmp_path / "2026-10").iterdir()] == ["journal.csv"]


@pytest.mark.parametrize("lines", [b"", b"period,statement\n", b"own\nfile\n", b"\xff\xfe", None])
def test_a_file_with_the_name_of_ours_is_of_no_other_inventory(tmp_path: Path, lines: bytes | None) -> None:
    """What has no line of a statement is written over, as any file of an earlier run; None: ours without a line."""
    folder = tmp_path / "2026-10"
    folder.mkdir()
    (folder / "lines.csv").write_bytes(as_csv.of_statements(()).encode() if lines is None else lines)
    check_output([Format.CSV], tmp_path, month="2026-10", inventory="acme")
    of_all, made = documents_of(FILE, state="closed", before=None)
    write_statements(of_all, made, RULES, [Format.CSV], tmp_path)
    assert (folder / "lines.csv").read_text("utf-8") == as_csv.of_statements(made)


def test_a_unit_price_is_written_as_reports_write_it() -> None:
    thirds = USED.model_copy(update={"cost": Decimal(10)})
    tenths = USED.model_copy(update={"quantity": Decimal(30), "kind": "output"})
    usage = (LineUsage(value="Search", owner=SEARCH, usage=(thirds, tenths)),)
    made = documents(october(details=DETAILS.model_copy(update={"usage": usage})))[0]
    assert [
        line.split()[-2] for line in text.of_sheet(statement_sheet(made)).splitlines() if " 1M tokens " in line
    ] == [
        "3.333",
        "0.30",
    ]


def test_the_central_statement_is_not_taken_for_that_of_a_value() -> None:
    costs = month(row("1", value="central"), row("1", value="Platform"), untagged("5"))
    made = documents(closed("2026-10", costs, months_of(()), rules=rules()))
    assert [(each.number, each.title) for each in made] == [
        ("acme/2026-10/Platform/1", "Platform"),
        ("acme/2026-10/central/1", "central"),
        ("acme/2026-10/(central)/1", "Platform (central)"),
    ]


def test_a_month_without_invoices_yet_is_not_called_unreconciled() -> None:
    costs = FILE.costs.model_copy(update={"invoices": ()})
    made = overview(with_statements(FILE.model_copy(update={"costs": costs})))
    assert [each.number for each in made.equations] == [1, 2, 4]
    assert made.notes == ("no invoice of the month was found, so the third equation is missing",)


def test_a_statement_says_that_amounts_may_still_change() -> None:
    """That of an accrual says so in its state."""
    costs = FILE.costs.model_copy(update={"estimated": True})
    accrual = FILE.model_copy(update={"kind": "provisional", "costs": costs})
    shown = {
        "preview": documents_of(accrual, state="preview", before=None),
        "provisional": documents_of(accrual, state="provisional", before=None),
        "closed": documents_of(FILE.model_copy(update={"costs": costs}), state="closed", before=None),
    }
    assert {state: of_all.notes for state, (of_all, _) in shown.items()} == {
        "preview": ("estimated: AWS may still change these amounts",),
        "provisional": (),
        "closed": ("closed with lines that have no invoice, so AWS may still change them",),
    }
    for of_all, (search, _) in shown.values():
        for sheet in (overview_sheet(of_all), statement_sheet(search)):
            assert text.of_sheet(sheet).count("may still change") == 1


def test_what_the_source_lacks_is_said_on_the_statement_of_all() -> None:
    details = DETAILS.model_copy(update={"other_charge_types": ("MysteryCharge",), "notes": ("no projects",)})
    notes = overview(october(details=details)).notes
    assert notes == ("charges that are counted as other: MysteryCharge", "no projects")


def test_what_no_value_can_share_stays_central_and_a_note_says_so() -> None:
    file = closed("2026-10", month(untagged("5")), months_of(()), rules=rules(unallocated=Split(method="proportional")))
    assert overview(file).notes == (
        "unallocated stays central: no value has usage by which proportional could split it",
    )


def test_the_text_says_how_each_shared_amount_was_made() -> None:
    lines = text.of_sheet(statement_sheet(documents()[0])).splitlines()
    assert lines[0] == "Amazon Bedrock 2026-10: Search"
    assert "  gateway: 381.4372 of 400.00, proportional, 95.359%" in lines
    assert "  unallocated: 4.9950 of 9.99, even, 50.000%" in lines


def test_the_overview_has_the_equations_with_their_differences() -> None:
    made = text.of_sheet(overview_sheet(overview()))
    assert [line[:1] for line in made.splitlines() if re.match(r"[1-4]  ", line)] == ["1", "2", "3", "4"]
    assert "unreconciled" in made
    assert [equation["holds"] for equation in json.loads(as_json.of_overview(overview()))["equations"]] == [
        True,
        True,
        False,
        True,
    ]


def test_the_lines_of_the_csv_add_up_to_all_statements() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv.of_statements(documents()))))
    assert exact_sum(Decimal(each["total"]) for each in rows) == overview().total.total
    assert {each["statement"] for each in rows} == {"acme/2026-10/Search/1", "acme/2026-10/Shop/1"}


def booked(file: MonthFile = FILE) -> list[tuple[str, str, Decimal]]:
    lines = journal_lines(documents(file), file.rules)
    assert exact_sum(line.amount for line in lines) == 0
    return [(line.cost_center, line.reference, line.amount) for line in lines]


def test_the_journal_adds_up_to_zero_and_relieves_the_central_cost_center() -> None:
    search, shop_total = (document.total.total for document in documents())
    assert booked() == [
        ("CC-2001", "acme/2026-10/Search/1", search),
        ("CC-2002", "acme/2026-10/Shop/1", shop_total),
        ("CC-0001", "acme/2026-10/all", -search - shop_total),
    ]
    written = list(csv.DictReader(io.StringIO(as_csv.of_journal(journal_lines(documents(), RULES)))))
    assert exact_sum(Decimal(each["amount"]) for each in written) == 0


def test_statements_that_cancel_each_other_relieve_nothing() -> None:
    cancelled = month(row("10"), shop("-10"))
    file = october(costs=cancelled, books=())
    assert booked(file) == [
        ("CC-2001", "acme/2026-10/Search/1", Decimal(10)),
        ("CC-2002", "acme/2026-10/Shop/1", Decimal(-10)),
    ]


def test_a_statement_without_a_cost_center_is_booked_on_the_central_one() -> None:
    assert {center for center, _, _ in booked(october(details=MonthDetails()))} == {"CC-0001"}


def test_a_statement_without_a_project_is_booked_on_the_cost_center_that_its_value_has_in_the_inventory() -> None:
    """Else the central one is charged and relieved of it, and the value never pays."""
    costs = month(shop("40.12"), untagged("9.99"))
    rules_to = RULES.model_copy(update={"unallocated": Split(method="even", to=("Search", "Shop"))})
    file = october(costs=costs, rules=rules_to, centers={"Search": "CC-2009", "Shop": "CC-2008"})
    assert [each.cost_center for each in documents(file)] == ["CC-2009", "CC-2002"]
    charged = {reference: center for center, reference, _ in booked(file)}
    assert charged == {
        "acme/2026-10/Search/1": "CC-2009",
        "acme/2026-10/Shop/1": "CC-2002",
        "acme/2026-10/all": "CC-0001",
    }


def test_what_is_of_no_project_is_on_the_cost_center_with_the_most() -> None:
    second = DETAILS.owners[1].model_copy(update={"tags": {"Team": "Search", "CostCenter": "CC-9009"}})
    details = DETAILS.model_copy(update={"owners": (DETAILS.owners[0], second)})
    costs = month(row("30"), row("20", owner=SHOP), row("12", owner=""))
    file = october(details=details, costs=costs, books=())
    assert booked(file)[:2] == [
        ("CC-2001", "acme/2026-10/Search/1", Decimal(42)),
        ("CC-9009", "acme/2026-10/Search/1", Decimal(20)),
    ]


def test_a_cost_is_not_booked_on_the_cost_center_of_another_value() -> None:
    """The inventory says whose a project is now; the bill says whose its usage was."""
    handed_over = DETAILS.owners[0].model_copy(update={"tags": {"Team": "Shop", "CostCenter": "CC-2002"}})
    details = DETAILS.model_copy(update={"owners": (handed_over, DETAILS.owners[1])})
    assert [center for center, reference, _ in booked(october(details=details)) if "Search" in reference] == ["CC-0001"]


def test_a_journal_needs_a_central_cost_center() -> None:
    file = october(rules=RULES.model_copy(update={"central": Central(name="Platform")}))
    with pytest.raises(SettingsError, match="needs a cost center to relieve"):
        journal_lines(documents(file), file.rules)
    with pytest.raises(SettingsError, match=r"^the rules have no `journal`; add it to `chargeback`$"):
        journal_lines(documents(), RULES.model_copy(update={"journal": None}))


def test_a_closed_month_takes_its_accrual_back() -> None:
    lines = journal_lines(documents_of(FILE, state="provisional", before=None)[1], RULES)
    assert {line.reference.rpartition("/")[2] for line in lines} == {"accrual"}
    taken_back = reversal(lines)
    assert [line.amount for line in taken_back] == [-line.amount for line in lines]
    assert taken_back[0].reference == "acme/2026-10/Search/accrual-reversal"


def test_a_page_loads_nothing_and_shows_text_as_text() -> None:
    hostile = DETAILS.model_copy(
        update={"owners": (DETAILS.owners[0].model_copy(update={"name": "<b>=1+1"}), DETAILS.owners[1])}
    )
    page = html.of_sheet(statement_sheet(documents(october(details=hostile))[0]))
    assert "&lt;b&gt;=1+1 (prod)" in page
    assert "<b>" not in page
    assert not re.search(r"https?://|src=|<script", page)


HEBREW = "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}"


def test_a_name_turns_the_direction_of_no_text_around_it() -> None:
    """Without a border, the digits after a name of a script from right to left change their order."""
    shared = SharedCost(name=HEBREW, projects=("gateway",), split=Split(method="proportional"))
    given = RULES.model_copy(update={"shared": (shared,), "central": Central(name=HEBREW, cost_center=HEBREW)})
    costs = month(row("9", value=HEBREW), row("4", value="Platform", owner=GATEWAY), untagged("5"))
    centers = {HEBREW: HEBREW}
    source = Source(kind="export", name=HEBREW)
    names: dict[str, Any] = {"inventory": HEBREW, "rule_of": {GATEWAY: HEBREW}, "centers": centers, "source": source}
    file = october(costs=costs, rules=given, books=(), **names)
    of_all, (statement, *_) = documents_of(file, state="closed", before=None)
    for sheet in (overview_sheet(of_all), statement_sheet(statement)):
        body = html.of_sheet(sheet).partition("<body>")[2]
        assert body.count(HEBREW) > 3
        assert HEBREW not in re.sub("<bdi>[^<]*</bdi>", "", body)
    page = html.of_sheet(statement_sheet(statement))
    assert f"<dd><bdi>{HEBREW}</bdi>/2026-10/<bdi>{HEBREW}</bdi>/1</dd>" in page
    assert f"<li><bdi>{HEBREW}</bdi>: 4.0000 of 4.00, proportional, 100.000%</li>" in page


def cells(book: bytes, sheet: int) -> list[str]:
    """The cells of a sheet: the numbers as they are, and the texts."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        strings = ["".join(each.itertext()) for each in shared.iter(f"{space}si")]
        content = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert not list(content.iter(f"{space}f"))
    return [
        strings[int(value.text or "")] if each.get("t") == "s" else f"number {value.text}"
        for each in content.iter(f"{space}c")
        for value in each.iter(f"{space}v")
    ]


def test_a_workbook_has_numbers_and_no_formula() -> None:
    hostile = DETAILS.model_copy(
        update={"owners": (DETAILS.owners[0].model_copy(update={"name": "=1+1"}), DETAILS.owners[1])}
    )
    file = october(details=hostile)
    book = xlsx.of_month(overview(file), documents(file))
    search = cells(book, 2)
    assert "=1+1 (prod)" in search
    assert f"number {documents(file)[0].total.total}" in search
    assert book == xlsx.of_month(overview(file), documents(file))


def test_without_the_extra_a_workbook_is_refused_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(
        BedrockProjectsError,
        match=r"the Python package xlsxwriter, which a workbook needs, .*pip install 'bedrock-projects\[xlsx\]'",
    ):
        check_output([Format.TEXT, Format.XLSX], tmp_path, month="2026-10", inventory="acme")
    assert list(tmp_path.iterdir()) == []
    check_output([Format.TEXT], tmp_path, month="2026-10", inventory="acme")


def test_sheets_have_names_that_a_workbook_allows() -> None:
    long = "Team/" + "x" * 40
    values = (long, long + "y", "all statements", "History", "\N{MATHEMATICAL BOLD CAPITAL A}" * 20)
    costs = month(*(row("1", value=value) for value in values))
    file = closed("2026-10", costs, months_of(()), rules=rules())
    with zipfile.ZipFile(io.BytesIO(xlsx.of_month(overview(file), documents(file)))) as archive:
        names = re.findall(r'<sheet name="([^"]*)"', archive.read("xl/workbook.xml").decode())
    assert sorted(names) == sorted(
        (
            "All statements",
            "History 2",  # Excel makes a sheet of that name itself
            "Team_" + "x" * 26,
            "Team_" + "x" * 24 + " 2",
            "all statements 2",
            "\N{MATHEMATICAL BOLD CAPITAL A}" * 15,  # Excel counts each as two characters
        )
    )
