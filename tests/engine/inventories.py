"""Inventories of the engine tests, as text: what a test changes is what its reader sees."""

from collections.abc import Mapping

HEAD = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2, name_format: "{name}-Dev", protect: false}
  prod: {account: "222222222222", region: us-west-2, name_format: "{name}-Prod", protect: false}
tag_keys:
  Team: {}
  CostCenter: {}
ignore_tags: ["c7n:*"]
defaults: {environments: [dev, prod]}
projects:
"""


def inventory(entries: Mapping[str, str], *, head: str = HEAD) -> str:
    """An inventory with these entries, key to the YAML of its body."""
    return head + "".join(f"  {key}: {body}\n" for key, body in entries.items())


SEARCH = "{name: Search, tags: {Team: Search, CostCenter: CC-1}}"
CHAT = "{name: Chat, tags: {Team: Care}}"

COST_CONTROLS_HEAD = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2, name_format: "{name}-Dev", protect: false}
tag_keys: {Team: {}, CostCenter: {}}
defaults: {environments: [dev]}
"""
COST_CONTROLS = """\
budgets:
  care:
    tag: {Team: Care}
    amount: 500
    notify: [care@example.com]
    alerts: [{at: 80%}, {at: 100%, of: forecast}]
  search: {project: search, amount: 99.50, notify: [search@example.com]}
anomaly_alerts:
  by-team: {tag_key: Team, above: 50, notify: [finops@example.com]}
publish:
  parameters: /acme/bedrock
  inference: {chat: ["arn:aws:iam::111111111111:role/chatbot"]}
"""
