"""`bedrock-projects validate` shows all problems at their places, in the form that was asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.command_line import inventory, run, start

VALID = inventory("search: {name: Search, tags: {Team: Search}}")
BROKEN = inventory("search: {name: Search, tags: {Tema: x}}", "chat: {nam: Chat}")
LOOK_ALIKE = VALID.replace("Note:", "TEAM: {}, Note:")


def write(folder: Path, text: str, name: str = "projects.yaml") -> str:
    (folder / name).write_text(text, "utf-8")
    return name


def test_a_valid_inventory_is_counted_by_environment_and_leaves_stdout_empty(tmp_path: Path) -> None:
    write(tmp_path, VALID)
    done = run("validate", folder=tmp_path)
    assert (done.code, done.out) == (0, "")
    assert done.err == "acme: valid; projects by environment: dev 1, prod 1\n"


def test_the_summary_of_36_environments_stays_short(tmp_path: Path) -> None:
    names = [f"unit-{number}" for number in range(36)]
    environments = "".join(f"  {name}: {{region: us-west-2}}\n" for name in names)
    everywhere = f"defaults: {{environments: [{', '.join(names)}]}}\n"
    entries = "projects: {search: {name: Search}, chat: {name: Chat, environments: [unit-7]}}\n"
    write(tmp_path, f"version: 1\ninventory: acme\nenvironments:\n{environments}{everywhere}{entries}")
    assert run("validate", folder=tmp_path).err == "acme: valid; 37 projects in 36 environments\n"


def test_all_problems_of_all_files_come_at_once_sorted_by_place(tmp_path: Path) -> None:
    names = [write(tmp_path, BROKEN, name) for name in ("b.yaml", "a.yaml")] + [write(tmp_path, VALID, "c.yaml")]
    done = run("validate", *names, folder=tmp_path)
    places = [(line.split(":")[0], int(line.split(":")[1])) for line in done.out.splitlines()]
    assert done.code == 1
    assert places == sorted(places)
    assert {name for name, _ in places} == {"a.yaml", "b.yaml"}
    assert len({line for name, line in places if name == "a.yaml"}) > 1
    assert done.err.startswith("acme: valid")


def test_files_of_weights_are_checked_with_their_inventory(tmp_path: Path) -> None:
    shared = "shared: {gateway: {projects: [gateway], method: weights, weights: gateway.csv}}"
    entries = ("search: {name: Search, tags: {Team: Search}}", "gateway: {name: Gateway, tags: {Team: Platform}}")
    text = f"{inventory(*entries)}chargeback: {{by: Team, central: {{name: Platform}}, {shared}}}\n"
    (tmp_path / "below").mkdir()
    name = write(tmp_path, text, "below/projects.yaml")
    missing = run("validate", name, folder=tmp_path)
    assert (missing.code, missing.err) == (1, "")
    assert missing.out == (
        "below/projects.yaml:1:1: chargeback.shared.gateway.weights: gateway.csv: is missing; write it with the "
        "columns value,weight\n"
    )
    write(tmp_path, "value,weight\nSearhc,1\n", "below/gateway.csv")
    wrong = run("validate", name, folder=tmp_path)
    assert wrong.out == "below/gateway.csv:2:1: 'Searhc' cannot share this cost; did you mean 'Search'?\n"
    write(tmp_path, "value,weight\nSearch,1\n", "below/gateway.csv")
    assert run("validate", name, folder=tmp_path).code == 0


def test_one_file_given_twice_is_reported_once(tmp_path: Path) -> None:
    name = write(tmp_path, BROKEN)
    assert run("validate", name, name, folder=tmp_path).out == run("validate", name, folder=tmp_path).out


def test_a_warning_is_marked_and_leaves_the_exit_code_at_0(tmp_path: Path) -> None:
    write(tmp_path, LOOK_ALIKE)
    done = run("validate", folder=tmp_path)
    assert done.code == 0
    assert done.out.startswith("warning: projects.yaml:6:")


@pytest.mark.parametrize("form", ["text", "json", "github", "gitlab"])
def test_an_unknown_environment_is_one_more_problem_in_every_form(tmp_path: Path, form: str) -> None:
    names = [write(tmp_path, VALID), write(tmp_path, BROKEN, "broken.yaml")]
    done = run("validate", *names, "--environment", "pord", "--format", form, folder=tmp_path)
    assert done.code == 1
    assert "did you mean 'prod'?" in done.out
    assert "Tema" in done.out
    assert run("validate", "--environment", "prod", "--format", form, folder=tmp_path).code == 0


def test_groups_and_patterns_may_be_demanded_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, f"environment_groups: {{production: [prod]}}\n{VALID}")
    assert run("validate", "--environment", "production", "--environment", "d*", folder=tmp_path).code == 0
    done = run("validate", "--environment", "*-prod", "--environment", "prodution", folder=tmp_path)
    assert done.out.splitlines() == [
        "projects.yaml:1:1: environments: '*-prod' matches no environment; did you mean 'prod'?",
        "projects.yaml:1:1: environments: unknown environment 'prodution'; did you mean 'production'?",
    ]


def test_json_has_every_field_of_every_problem(tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    problems = json.loads(run("validate", "--format", "json", folder=tmp_path).out)
    assert {frozenset(problem) for problem in problems} == {
        frozenset({"file", "line", "column", "path", "message", "severity"})
    }
    assert {"projects.search.tags.Tema", "projects.chat.nam"} <= {problem["path"] for problem in problems}


def test_github_annotations_are_workflow_commands_on_one_line_each(tmp_path: Path) -> None:
    name = write(tmp_path, inventory('"a,b:c%": {name: A}'), "a,b:%\n.yaml")
    lines = run("validate", name, "--format", "github", folder=tmp_path).out.splitlines()
    assert all(line.startswith("::error file=a%2Cb%3A%25\\n.yaml,line=9,col=") for line in lines)
    assert any("title=projects.a%2Cb%3Ac%25::" in line and "'a,b:c%25'" in line for line in lines)
    write(tmp_path, LOOK_ALIKE)
    assert run("validate", "--format", "github", folder=tmp_path).out.startswith("::warning file=projects.yaml,line=6,")


def test_the_gitlab_report_has_the_fields_that_gitlab_documents(tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    report = json.loads(run("validate", "--format", "gitlab", folder=tmp_path).out)
    for entry in report:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["path"] == "projects.yaml"
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in report}) == len(report)


def test_a_gitlab_fingerprint_survives_a_move_and_tells_equal_problems_apart(tmp_path: Path) -> None:
    def fingerprints(text: str) -> list[str]:
        write(tmp_path, text)
        report = json.loads(run("validate", "--format", "gitlab", folder=tmp_path).out)
        return [entry["fingerprint"] for entry in report]

    twice = inventory("a: {name: A}", "a: {name: B}", "a: {name: C}")
    assert fingerprints(BROKEN) == fingerprints(f"# a comment\n{BROKEN}")
    assert len(set(fingerprints(twice))) == len(fingerprints(twice)) > 1


@pytest.mark.parametrize("form", ["json", "gitlab"])
def test_no_problems_are_an_empty_list_for_a_program(tmp_path: Path, form: str) -> None:
    write(tmp_path, VALID)
    done = run("validate", "--format", form, folder=tmp_path)
    assert (json.loads(done.out), done.err) == ([], "")


def test_what_a_file_says_can_neither_steer_a_terminal_nor_make_a_line_of_its_own(tmp_path: Path) -> None:
    name = write(tmp_path, inventory('"x\\n::error::\\e[31m": {name: A}'), "a\n::error::\x1b.yaml")
    done = run("validate", name, folder=tmp_path)
    assert done.code == 1
    assert all(line.startswith("a\\n::error::\\x1b.yaml:") and line.isprintable() for line in done.out.splitlines())


def test_output_in_a_pipe_is_plain_even_where_colours_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    for arguments in (["validate"], ["validate", "--help"], ["validate", "--nonsense"]):
        done = start(*arguments, folder=tmp_path, environment={"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true"})
        assert "\x1b" not in done.out + done.err


def test_a_terminal_that_lacks_a_character_gets_its_number(tmp_path: Path) -> None:
    write(tmp_path, inventory('search: {name: Search, tags: {"T→": x}}'))
    ours, terminal = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "bedrock_projects", "validate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
        stdout=terminal,
        check=False,
    )
    os.close(terminal)
    assert b"\\u2192" in os.read(ours, 10_000)
    os.close(ours)
