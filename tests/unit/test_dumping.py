"""A dump says each thing once, and nothing that holds anyway: these files are their own dumps, to the letter."""

from pathlib import Path

import pytest

from bedrock_projects.inventory import dump, load
from tests.unit.inventory_files import inventory

LEAST = """\
version: 1
inventory: acme
environments:
  dev: {}
projects: {}
"""
WORDS = "A text so long that a reviewer would have to scroll if it were not on two lines, of which each "
LONG = f"{WORDS}ends past\n      column 120, at the first space"
FULL = """\
version: 1
inventory: acme
ownership_tag: acme:project
previous_owner:
  inventory: shop
  ownership_tag: bedrock-project
environments:
  dev:
    account: '011111111111'
    region: us-west-2
    name_format: '{name}-Dev'
    description: For trying things out, in Zürich
    data_retention: inherit
    protect: false
    aliases:
    - development
    tags:
      Environment: Development
  prod: {}
  stage: {}
tag_keys:
  CostCenter:
    required: true
    pattern: CC-[0-9]{4}
  Environment:
    values:
    - Development
    - Production
  Owner:
    cost_allocation: false
    enforce: warn
    description: "Who\\Lpays"
  Team:
    renamed:
    - from: Find
      to: Lookup
      since: '2026-01-01'
    - from: Lookup
      to: Search
      since: '2026-10-15'
ignore_tags:
- c7n:*
projects:
  desk:
    name: Desk
    description: LONG
    aliases:
    - bench
    tags:
      CostCenter: CC-1001
      Owner: me
    region: eu-west-1
    move_from: us-east-1
    data_retention: none
    status: archived
    on_remove: release
    environments:
    - dev
    - prod
  search:
    name: Search
    tags:
      CostCenter: CC-1002
    environments:
      dev:
        region: us-east-1
        protect: true
        id: proj_abc
        previous_owner: other/dev/find
        tags:
          Team: Trials
      prod:
        protect: false
        tags:
          Team: Search
  shared:
    name: Shared
    environments:
      dev:
        tags:
          CostCenter: CC-1004
      prod:
        tags:
          CostCenter: CC-1005
  shop:
    name: Shop-Dev
    tags:
      CostCenter: CC-1003
    environments:
      dev:
        name: Shop-Dev
      prod:
        name: Store
""".replace("LONG", LONG)
SECTIONS = """\
budgets:
  all:
    tag:
      Team: Search
    amount: '500'
    period: monthly
    alerts:
    - at: 80%
      of: actual
      notify:
      - a@example.com
      - b@example.com
    - at: 100%
      of: forecast
      notify:
      - a@example.com
  each:
    project: search
    amount: '20'
    period: daily
    alerts:
    - at: 50%
      of: actual
      notify:
      - a@example.com
    environments:
      dev: {}
      prod:
        amount: '100'
        period: yearly
anomaly_alerts:
  all:
    tag_key: Team
    above: '50'
    above_percent: 40%
    frequency: daily
    notify:
    - a@example.com
  each:
    tag_key: acme:project
    above_percent: 100%
    frequency: daily
    notify:
    - a@example.com
    environments:
      dev:
        above: '5'
      prod:
        frequency: weekly
publish:
  environments:
    dev:
      parameters: /acme
      inference:
        search:
        - arn:aws:iam::011111111111:role/a
        - arn:aws:iam::011111111111:role/b
    prod:
      inference:
        shop:
        - arn:aws:iam::222222222222:role/c
    stage:
      parameters: /acme
exports:
  acme-cur2:
    table: cur2
    location: s3://acme-billing/cur2/daily-cur2
  copy:
    table: cur2
    location: copies/cur2
"""


@pytest.mark.parametrize("text", [LEAST, FULL, FULL + SECTIONS], ids=["least", "projects", "sections"])
def test_a_file_that_says_everything_once_is_its_own_dump(text: str, tmp_path: Path) -> None:
    assert dump(inventory(tmp_path, text)) == text


def test_what_all_environments_of_an_entry_share_is_written_once(tmp_path: Path) -> None:
    apart = FULL.replace(
        """\
    tags:
      CostCenter: CC-1002
    environments:
      dev:
""",
        """\
    environments:
      dev:
""",
    ).replace("          Team: ", "          CostCenter: CC-1002\n          Team: ")
    assert apart.count("CC-1002") == 2
    assert dump(inventory(tmp_path, apart)) == FULL


def test_a_dump_is_a_dump_of_itself(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parents[1] / "inventories" / "valid").glob("*.yaml")):
        once = dump(load(path))
        assert dump(inventory(tmp_path, once)) == once
