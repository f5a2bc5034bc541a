"""The documentation holds: links lead somewhere, what it names exists, sessions are replayed, inventories load."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from typer import Context
from typer.core import TyperGroup
from typer.main import get_command

from bedrock_projects.ci.touched import PROGRAM
from bedrock_projects.cli import app
from bedrock_projects.inventory import load
from tests.documents import COMMENT_BEHIND, PAGES, PROMPT, REPLAYED_BY, ROOT, codes, sessions, snippets, tokens

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
FOLDERS = "bedrock_projects|benchmarks|components|docs|local_aws|schemas|templates|tests|tools"
PLACE = re.compile(rf"(?<![\w./-])(?:(?:{FOLDERS}|\.ci)/[\w./-]*|(?:{FOLDERS})(?:\.\w+)+)")
CALL = re.compile(r"""\bbedrock[-_]projects ((?:[a-z]+ \| )+[a-z]+|[^\n`"]*)""")
# Their blocks without a prompt are what `--help` calls usage, and a shape of JSON.
REFERENCE = ("docs/command-line.md", "docs/iam.md")
# Commands to copy, without an answer and without a prompt: why no test replays them. By the first words of the block.
NOT_REPLAYED = {
    "PULUMI_SKIP_CHECKPOINTS=true pulumi up": "tests/engine/test_bucket_backend.py runs a stack with these settings",
    "pipx install git+": "needs a package registry, and the address of the repository",
    "bedrock-projects use customer-chatbot": "is replayed on the page of the command line, with another project",
    "bedrock-projects ci deployments --repository": "tests/unit/test_ci_deployments.py holds what it writes",
    "for file in deployments": "needs Pulumi Cloud; nobody has sent it yet, as the page says",
    "bedrock-projects verify customer-chatbot": "is replayed on the page of the command line, with another project",
}
TERMINAL = 80
FILE_NAME = re.compile(r"# (\S+\.yaml)\n")
ALONE = re.compile(r"--[a-z][a-z-]+")
# Options of Pulumi, of the local AWS, of the tools of this repository, and one that 0.1.0 had.
ELSEWHERE = {
    "--config-file",
    "--continue-on-error",
    "--like",
    "--metric",
    "--debug",
    "--refresh",
    "--run-program",
    "--skip-preview",
}
ELSEWHERE |= {"--only", "--suppress-outputs", "--target"}
# Pages about what happens in AWS or on a forge.
TRIED_LOCALLY = (
    "README.md",
    *(
        f"docs/{name}.md"
        for name in ("adopting", "chargeback", "ci", "comparison", "conformance", "cost-controls", "costs")
    ),
    *(f"docs/{name}.md" for name in ("data-exports", "iam", "many-accounts", "operations", "pulumi-deployments")),
    *(f"docs/{name}.md" for name in ("service-notes", "tutorial", "using-projects")),
)
# Pages whose names in code are those of the sources.
OF_THE_CODE = ("CONTRIBUTING.md", "docs/architecture.md")
CLASS = re.compile(r"(?<![\w.:-])(?:[A-Z][a-z]+){2,}(?![\w-])")


def test_the_page_names_the_pins_that_touch_all_environments() -> None:
    [sentence] = re.findall(
        r"^The pinned versions are those of .*", (ROOT / "docs/command-line.md").read_text("utf-8"), re.MULTILINE
    )
    pins = {path for path in PROGRAM if not path.endswith(".py")} - {"Pulumi.yaml", "components", "bedrock_projects"}
    assert set(re.findall(r"`([^`]+)`", sentence)) == pins


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def links(page: str) -> Iterator[str]:
    """Where the page's links and pictures lead."""
    for token in tokens(page):
        target = token.attrGet({"link_open": "href", "image": "src"}.get(token.type, ""))
        if target is not None:
            yield str(target)


def anchors(page: str) -> set[str]:
    """What the page's headings are called in links, as GitHub makes it of their texts."""
    slugs, is_heading = set(), False
    for token in tokens(page):
        if is_heading and token.type == "inline":
            text = "".join(part.content for part in token.children or ()).lower()
            slugs.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
        is_heading = token.type == "heading_open"
    return slugs


def is_dead(page: str, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (ROOT / page).parent / unquote(parts.path) if parts.path else ROOT / page
    if not target.resolve().is_relative_to(ROOT) or not target.exists():
        return True
    return bool(parts.fragment) and parts.fragment not in anchors(str(target.resolve().relative_to(ROOT)))


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    assert [link for link in links(page) if is_dead(page, link)] == []


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ("costs.md", False),
        ("costs.md#what-a-report-says", False),
        ("#the-command-line", False),
        ("../README.md#a-budget-for-a-team", False),
        ("decisions", False),
        ("https://example.com/none", False),
        ("none.md", True),
        ("costs.md#none", True),
        ("#none", True),
        ("../../elsewhere.md", True),
    ],
)
def test_a_dead_link_is_seen(link: str, dead: bool) -> None:
    assert is_dead("docs/command-line.md", link) == dead


@pytest.mark.parametrize("page", PAGES)
def test_targets_of_make_and_files_and_modules_exist(page: str) -> None:
    code = "\n".join(snippets(page))
    wanted = set(re.findall(rf"^(?:{re.escape(PROMPT)})?make ([a-z-]+)", code, re.MULTILINE))
    assert wanted <= TARGETS
    assert [place for place in PLACE.findall(code) if not exists(place)] == []


def exists(place: str) -> bool:
    path = ROOT / (place if "/" in place else place.replace(".", "/"))
    return path.exists() or path.with_suffix(".py").exists()


def unknown(call: str) -> set[str]:
    """The words of a call of the command line that are no command or option."""
    if " | " in call and "-" not in call:
        return {word for words in call.split(" | ") for word in unknown(words)}
    command, words = get_command(app), call.split()
    while words and isinstance(command, TyperGroup) and not words[0].startswith("-"):
        names = words.pop(0).split("|")
        if missing := set(names) - set(command.commands):
            return missing
        found = command.get_command(Context(command), names[0])
        assert found is not None
        command = found
    known = {name for option in command.params for name in option.opts}
    return set(re.findall(r"(?<!\S)\[?(--[a-z][a-z-]*)", " ".join(words))) - known


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_their_options_exist(page: str) -> None:
    calls = [call for snippet in snippets(page) for call in CALL.findall(snippet)]
    assert {call: words for call in calls if (words := unknown(call))} == {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("validate | review", set()),
        ("validate | revue", {"revue"}),
        ("iam deploy|review --environment dev", set()),
        ("iam deploy|everything", {"everything"}),
        ("use KEY --environment NAME [--modell ID]", {"--modell"}),
        ("adopt --into f 2>&1 | head -n 3", set()),
    ],
)
def test_a_word_that_the_command_line_lacks_is_reported(call: str, words: set[str]) -> None:
    assert unknown(call) == words


def test_options_that_a_page_names_alone_exist() -> None:
    named = {found[0] for page in PAGES for code in snippets(page) if (found := ALONE.match(code))}
    assert named - options_of(get_command(app)) == ELSEWHERE


def options_of(command: Any) -> set[str]:
    """The options of a command and of all commands below it; Typer has no public names for click's classes."""
    names = command.commands if isinstance(command, TyperGroup) else ()
    below = (options_of(command.get_command(Context(command), name)) for name in names)
    return {name for option in command.params for name in option.opts}.union(*below)


def test_every_session_is_replayed_by_a_test() -> None:
    assert {page for page in PAGES if sessions(page)} == REPLAYED_BY.keys()
    assert [test for test in REPLAYED_BY.values() if not (ROOT / test).exists()] == []
    # That test takes the first block only.
    assert [session.name for session in sessions("README.md")] == ["pulumi preview --stack dev"]


@pytest.mark.parametrize("page", [page for page in PAGES if page in OF_THE_CODE or page.startswith("docs/decisions/")])
def test_a_page_about_the_code_names_classes_that_exist(page: str) -> None:
    named = {name for code in snippets(page) for name in CLASS.findall(code)}
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\b", all_sources())] == []


@pytest.mark.parametrize("diagram", sorted(path.name for path in (ROOT / "docs" / "diagrams").glob("*.svg")))
def test_a_diagram_names_what_exists(diagram: str) -> None:
    texts = "\n".join(re.findall(r">([^<>]+)<", (ROOT / "docs" / "diagrams" / diagram).read_text("utf-8")))
    assert [name for name in CLASS.findall(texts) if not re.search(rf"\b{name}\b", all_sources())] == []
    names = set(re.findall(r"\b[a-z_]+(?:\.[a-z_]+)+\b(?!\.)", texts))
    modules = sorted(name for name in names if not (ROOT / name).exists())
    assert [name for name in modules if not exists(name) and not exists(f"bedrock_projects.{name}")] == []


@pytest.mark.parametrize("page", TRIED_LOCALLY)
def test_a_page_that_nobody_has_tried_on_a_live_account_says_so(page: str) -> None:
    """Where a reader begins: somebody may come from a search, and not from the README."""
    said = re.compile(r"(?:not|nobody|none|yet)\b[^.]*\b(?:live|GitHub or GitLab|Pulumi Cloud)\b", re.IGNORECASE)
    assert said.search(text_of(page).replace("*", ""))


@cache
def all_sources() -> str:
    folders = ("bedrock_projects", "components", "local_aws", "tests", "tools", "benchmarks")
    own = Path(__file__)
    return "\n".join(
        path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py") if path != own
    )


def replacements(decision: Path) -> str:
    return "".join(re.findall(r"^Replaced by .+$", decision.read_text("utf-8"), re.MULTILINE))


def test_a_decision_that_is_replaced_says_so() -> None:
    replaced = {
        (number, page)
        for page in PAGES
        if page.startswith("docs/decisions/")
        for sentence in re.findall(r"^Replaces .+$", text_of(page), re.MULTILINE)
        for number in re.findall(r"\[decision (\d+)\]", sentence.partition(", with ")[0])
    }
    pages = {number: next(iter(ROOT.glob(f"docs/decisions/{number:0>4}-*.md"))) for number, _ in replaced}
    assert replaced
    assert [
        (number, page) for number, page in sorted(replaced) if f"({Path(page).name})" not in replacements(pages[number])
    ] == []


def test_a_version_of_the_changelog_has_each_heading_once_and_begins_with_what_a_reader_has_to_do() -> None:
    versions = re.split(r"^## ", text_of("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    headings = [re.findall(r"^### (.+)$", version, re.MULTILINE) for version in versions]
    assert [names[0] for names in headings] == ["What to do when you upgrade"] * len(versions)
    assert [name for names in headings for name in {*names} if names.count(name) > 1] == []


def test_a_decision_has_its_number_and_a_date_and_no_number_is_missing_without_a_word() -> None:
    pages = [page for page in PAGES if page.startswith("docs/decisions/0")]
    heads = {page: re.match(r"# (\d+)\. .+\n\nAccepted, 2\d{3}-\d\d-\d\d\.\n", text_of(page)) for page in pages}
    numbers = {page: int(head[1]) for page, head in heads.items() if head}
    assert numbers == {page: int(Path(page).name[:4]) for page in pages}
    unused = set(map(int, re.findall(r"number (\d+) was never used", text_of("docs/decisions/README.md"))))
    assert sorted({*numbers.values()} | unused) == [*range(1, len(pages) + len(unused) + 1)]


def test_each_extra_of_the_package_is_locked_tested_and_described() -> None:
    """On the page of support, in the package's description, in the target for the newest versions, in the locks."""
    project = text_of("pyproject.toml")
    section = project.partition("[project.optional-dependencies]")[2].partition("\n[tool")[0]
    extras = set(re.findall(r"^(\w+) = \[", section, re.MULTILINE)) - {"dev"}
    assert {name for name in extras if f"(extra `{name}`)" in text_of("docs/support.md")} == extras
    assert {name for name in extras if f"`{name}`" in project.split('"""')[1]} == extras
    [tested] = re.findall(r"'\.\[([\w,]+)\]'", text_of("Makefile"))
    assert set(tested.split(",")) == extras
    [locked] = re.findall(r"^extras=\((.+)\)", text_of("tools/lock.sh"), re.MULTILINE)
    assert set(locked.split()) == extras
    assert {path.stem for path in (ROOT / "bedrock_projects/template/extras").glob("*.txt")} == extras


@pytest.mark.parametrize("page", PAGES)
def test_what_looks_like_a_command_is_in_a_session(page: str) -> None:
    prompts = re.findall(rf"^\W*{re.escape(PROMPT)}", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert len(prompts) == sum(len(session.commands) for session in sessions(page))


@pytest.mark.parametrize("page", [*PAGES, "templates/pulumi/README.md"])
def test_a_command_to_paste_has_no_comment(page: str) -> None:
    """The zsh of macOS takes a typed `#` for an argument, and what follows a `;` in the comment for a command."""
    typed = [code for code in codes(page) if code.language in ("", "console", "text", "sh", "bash")]
    assert [f"{code.page}:{code.line}" for code in typed if COMMENT_BEHIND.search(code.text)] == []


def test_the_list_of_make_fits_a_terminal() -> None:
    targets = re.findall(r"^([a-z-]+):.*## (.+)$", text_of("Makefile"), re.MULTILINE)
    width = max(len(target) for target, _ in targets)
    assert [target for target, words in targets if len("  make ") + width + 2 + len(words) > TERMINAL] == []


def test_commands_without_a_prompt_are_those_that_cannot_be_replayed() -> None:
    blocks = [code for page in PAGES if page not in REFERENCE for code in codes(page) if not code.language]
    typed = [code.text for code in blocks if not code.text.startswith(PROMPT)]
    assert [text for text in typed if not text.startswith(tuple(NOT_REPLAYED))] == []
    assert [words for words in NOT_REPLAYED if not any(text.startswith(words) for text in typed)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_console_shows_what_is_typed(page: str) -> None:
    consoles = [code for code in codes(page) if code.language == "console"]
    assert [f"{code.page}:{code.line}" for code in consoles if not code.text.startswith(PROMPT)] == []


def inventories(page: str) -> tuple[list[str], dict[str, str]]:
    """The page's whole inventories, and by name the files that they include.

    A block that is neither goes on where the inventory before it ends.
    """
    whole: list[str] = []
    files: dict[str, str] = {}
    for text in (code.text for code in codes(page) if code.language == "yaml"):
        name = FILE_NAME.match(text)
        if {"version", "inventory"} <= yaml.safe_load(text).keys():
            whole.append(text)
        elif name:
            files[name[1]] = text
        else:
            whole[-1] += text
    return whole, files


@pytest.mark.parametrize("page", [page for page in PAGES if any(code.language == "yaml" for code in codes(page))])
def test_inventories_load_without_problems(page: str, tmp_path: Path) -> None:
    whole, files = inventories(page)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    for text in whole:
        (tmp_path / "projects.yaml").write_text(text, "utf-8")
        assert load(tmp_path / "projects.yaml").warnings == ()


def test_a_page_that_says_that_there_is_no_release_names_the_version_of_this_commit() -> None:
    paragraphs = {page: part for page in PAGES for part in text_of(page).split("\n\n") if "There is no release" in part}
    named = {page: re.findall(r"\b\d+\.\d+\.\d+\b", paragraph)[:1] for page, paragraph in paragraphs.items()}
    assert {
        page: versions for page, versions in named.items() if versions not in ([], [version("bedrock-projects")])
    } == {}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != "CHANGELOG.md" and not page.startswith("docs/decisions/")]
)
def test_where_a_page_installs_with_pip_it_says_into_what(page: str) -> None:
    """The Python of a system may refuse: https://packaging.python.org/en/latest/specifications/externally-managed-environments/."""
    sections = re.split("^#+ ", text_of(page), flags=re.MULTILINE)
    installing = [
        section for section in sections if re.search(r"`pip install (?!')|^ +pip install", section, re.MULTILINE)
    ]
    into = re.compile("virtual environment|environment of its own|pipx|-m venv|image of an application")
    assert [section.partition("\n")[0] for section in installing if not into.search(section)] == []
