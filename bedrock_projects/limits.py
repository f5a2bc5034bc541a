"""The one table of limits: the checks, the JSON Schema and the documentation are made from it.

Sources: names, https://docs.aws.amazon.com/bedrock/latest/userguide/cloudformation-projects.html and the schema of
`AWS::BedrockMantle::Project`; tags, https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from bedrock_projects.suggestions import did_you_mean

TAGS_PER_PROJECT = 50
"""The ownership tag and the tag of the stack included."""

PROJECTS_PER_ACCOUNT = 1000

ACTIVE_COST_ALLOCATION_TAGS = 500
"""In a management account: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html"""

NEAR = 0.9
"""The share of a limit from which a warning is shown."""

REGIONS = (
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-2",
)
"""The known regions of the endpoint with OpenAI's API. The list grows, so any other region is a warning only."""

AWS_REGIONS = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
)
"""All regions of AWS, as botocore has them; a test compares the two.

botocore itself is not asked: a file must read the same on every machine.
"""

Status = Literal["active", "archived", "released"]
STATUSES: tuple[Status, ...] = ("active", "archived", "released")

RETENTION_MODES = ("inherit", "none", "default", "aws_review", "provider_data_share")

UNMANAGED_ID = "default"
"""The default project of every account, which cannot be tagged or archived."""

NO_PROJECT_ID = "nothing"
"""The id of an entry that was archived or released before it ever had a project, in states and in outputs."""

ANYTHING = r"[\s\S]*"

DEEPEST_NESTING = 32
"""Levels of a YAML file: the schema has 6, the rest is for the users' own `x-` keys."""

MOST_NODES = 1_000_000
"""Nodes of a YAML file, with aliases expanded."""

# Unicode's property Default_Ignorable_Code_Point, as far as `str.isprintable` counts it as visible.
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_KINDS = {"Cc": "control character", "Co": "private use", "Cn": "not assigned", "Cs": "half a character"}


def is_hidden(character: str) -> bool:
    """Whether the character is invisible, or changes the order in which a reader sees others.

    These are Unicode's categories Cc, Cf, Cn, Co, Cs, Zl and Zp, and the default ignorable characters. White space
    counts as visible.
    """
    if character.isprintable():
        return _IGNORABLE.fullmatch(character) is not None
    return unicodedata.category(character) != "Zs"


def code_point(character: str) -> str:
    """The character's number and name."""
    name = unicodedata.name(character, "") or _KINDS.get(unicodedata.category(character), "")
    return f"U+{ord(character):04X} {name}"


@dataclass(frozen=True)
class Limit:
    """The rules for one kind of string; lengths in characters.

    `rule` completes the sentence "use …". `pattern` is for the whole string, in the common subset of Python's and
    ECMAScript's regular expressions. `characters` is a Python character class for each character, if that can say more
    than `pattern`. `visible`: no character may be invisible; `pattern` covers most. `reserved` are beginnings that AWS
    reserves. `refused` are well-formed strings with the reason against them. `known` are all valid strings; empty: too
    many to list. `slips` are patterns of common mistakes, each with its message, which may name groups of the pattern.
    """

    noun: str
    pattern: str
    rule: str
    longest: int
    shortest: int = 1
    characters: str = ""
    visible: bool = False
    reserved: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    slips: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        """Made on first use: a process needs a few of the limits, and a start of all would wait for the rest."""
        characters = f"(?={self.characters}*\\Z)" if self.characters else ""
        return re.compile(f"{characters}(?:{self.pattern})", re.DOTALL)

    @property
    def article(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def violation(self, text: str) -> str | None:
        """What is wrong with the string and what to write instead; None if it is valid."""
        if self.shortest <= len(text) <= self.longest and self._whole.fullmatch(text) and self._is_seen(text):
            for prefix in self.reserved:
                if text[: len(prefix)].lower() == prefix:
                    return (
                        f"begins with {text[: len(prefix)]!r}, which AWS reserves for its own tags; choose another "
                        f"{self.noun}"
                    )
            if text in (self.known or (text,)):
                return None
        return dict(self.refused).get(text) or self._explain(text)

    def _is_seen(self, text: str) -> bool:
        return not self.visible or (text.isascii() and text.isprintable()) or not any(map(is_hidden, text))

    def _explain(self, text: str) -> str:
        if not text:
            return f"is empty; write {self.article}: {self.rule}"
        template = unfilled_template(text)
        if template and self.pattern != ANYTHING:
            return f"{template}; replace it with {self.article}"
        if len(text) > self.longest > self.shortest:
            return f"has {len(text)} characters, but {self.article} may have at most {self.longest}"
        for pattern, sentence in self.slips:
            match = re.fullmatch(pattern, text, re.DOTALL)
            if match:
                return sentence.format_map(match.groupdict())
        if text != text.strip():
            return "begins or ends with white space; remove it"
        for character in text:
            violation = self._violation_by(character)
            if violation:
                return f"contains {violation}"
        example = f", for example {self.examples[0]}" if self.examples else ""
        rule = f"use {self.rule}{example}"
        hint = did_you_mean(text, self.known, otherwise=rule) if self.known else rule
        return f"{text!r} is not a valid {self.noun}; {hint}"

    def _violation_by(self, character: str) -> str | None:
        """What is wrong with a single character."""
        if self.characters and re.fullmatch(_BLANK, character):
            return f"{code_point(character)}, which is hard to see; replace it with an ordinary space"
        if self.visible and is_hidden(character):
            return f"{code_point(character)}, which is invisible; remove it"
        if self.characters and not re.fullmatch(self.characters, character):
            return f"{character!r} ({code_point(character)}); use only {self.rule}"
        return None


def unfilled_template(text: str) -> str | None:
    """The beginning of a message about a placeholder that a template engine should have replaced; None without one."""
    match = _TEMPLATE.search(text)
    return f"contains the unfilled template {match[0]!r}" if match else None


_TEMPLATE = re.compile(r"\$\{[^}]*\}?|\{\{.*?(?:\}\}|\Z)", re.DOTALL)
# Spaces other than U+0020, and blank characters. AWS accepts them in tags and names, where nobody sees them.
_BLANKS = r"\u00a0\u115f\u1160\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0"
_BLANK = f"[{_BLANKS}]"
# Invisible characters up to U+FFFF. For others, the regular expressions of Python and ECMAScript have no common
# notation.
_HIDDEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\ufffe\uffff"
)
_TAG_CHARACTERS = r"[\w .:/=+\-@]"
_NOT_IN_TAGS = rf"""{_HIDDEN}{_BLANKS}!"#$%&'()*,;<>?\[\\\]^`{{|}}~"""
_NO_TEMPLATE = r"(?![\s\S]*(?:\$\{|\{\{))"


def _without(excluded: str) -> str:
    """A string without these characters that neither begins nor ends with white space."""
    return rf"(?:[^\s{excluded}](?:[^{excluded}]*[^\s{excluded}])?)?"


# Cost Explorer names a group of costs so, and Budgets a filter, with `user:` before it.
_TAG_IN_REPORTS = r"(?:user:)?(?P<key>[^$]+)\$(?P<value>[^$]+)"
TAG_RULE = "letters and digits of any script, spaces and _ . : / = + - @"
TAG_KEY = Limit(
    noun="tag key",
    pattern=_without(_NOT_IN_TAGS),
    characters=_TAG_CHARACTERS,
    visible=True,
    rule=TAG_RULE,
    longest=128,
    reserved=("aws:",),
    slips=((_TAG_IN_REPORTS, "is a tag as reports show it; write key and value separately: `{key}: {value}`"),),
    examples=("CostCenter",),
)
TAG_VALUE = Limit(
    noun="tag value",
    pattern=_without(_NOT_IN_TAGS),
    characters=_TAG_CHARACTERS,
    visible=True,
    rule=TAG_RULE,
    shortest=0,
    longest=256,
    slips=((_TAG_IN_REPORTS, "is a tag as reports show it; write only its value, `{value}`"),),
    examples=("CustomerExperience",),
)
_ASCII_TAG_CHARACTERS = r"[A-Za-z0-9 _.:/=+\-@]"
_ASCII_TAG_RULE = "letters from A to Z, digits, spaces and _ . : / = + - @"
ASCII_TAG_KEY = replace(TAG_KEY, characters=_ASCII_TAG_CHARACTERS, rule=_ASCII_TAG_RULE)
ASCII_TAG_VALUE = replace(TAG_VALUE, characters=_ASCII_TAG_CHARACTERS, rule=_ASCII_TAG_RULE)
"""Keys and values of tags on bedrock-runtime: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Tag.html."""
FORMER_TAG_VALUE = replace(TAG_VALUE, noun="former tag value", shortest=1, examples=("Procurement",))
CURRENT_TAG_VALUE = replace(FORMER_TAG_VALUE, noun="current tag value", examples=("Sourcing",))
"""Not empty: reports show the cost without a tag as that of an empty value."""
TAG_PATTERN = Limit(
    noun="regular expression",
    pattern=ANYTHING,
    rule="a regular expression that must match the whole value",
    longest=256,
    examples=("CC-[0-9]{4}",),
)
IGNORED_TAGS = Limit(
    noun="pattern of tag keys",
    pattern=rf"""[^{_HIDDEN}!"#$%&'(),;<>\[\\\]^`{{|}}~]+""",
    visible=True,
    rule="a tag key, with * for any characters and ? for one",
    longest=128,
    examples=("c7n:*",),
)
PROJECT_NAME = Limit(
    noun="project name",
    pattern=_NO_TEMPLATE + _without(_HIDDEN + _BLANKS),
    characters=f"[^{_BLANKS}]",
    visible=True,
    rule="at most 128 characters, preferably letters and digits with single spaces, _ or - between them",
    longest=128,
    examples=("CustomerChatbot",),
)
RUNTIME_PROJECT_NAME = replace(PROJECT_NAME, longest=127, rule=PROJECT_NAME.rule.replace("128", "127"))
"""On bedrock-runtime: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProject.html."""
SAFE_PROJECT_NAME = Limit(
    noun="project name",
    pattern=r"(?:[0-9a-zA-Z][ _-]?)+",
    rule="letters and digits, with single spaces, _ or - between them",
    longest=64,
    examples=("CustomerChatbot",),
)
"""The narrower of the two rules that AWS documents; its names satisfy both."""
NAME_FORMAT = Limit(
    noun="name format",
    pattern=_NO_TEMPLATE + rf"[^{_HIDDEN}{{}}]*\{{name\}}[^{_HIDDEN}{{}}]*",
    visible=True,
    rule="a string in quotes that contains {name} once",
    longest=128,
    examples=("{name}-Prod",),
)
_WORD = r"[A-Za-z][A-Za-z0-9_-]*"
_WORD_RULE = "letters, digits, - and _, starting with a letter"
# The ownership tag's value is <inventory>/<environment>/<key>: 64 + 64 + 100 and two slashes fit its 256 characters.
INVENTORY_NAME = Limit(noun="inventory name", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("acme-retail",))
ENVIRONMENT_NAME = Limit(noun="environment name", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("prod",))
ENVIRONMENT_PATTERN = Limit(
    noun="pattern of environment names",
    pattern=r"[A-Za-z*?][A-Za-z0-9_*?-]*",
    rule="an environment name, with * for any characters and ? for one",
    longest=64,
    examples=("search-*",),
)
ENVIRONMENT = replace(
    ENVIRONMENT_PATTERN,
    noun="environment",
    rule="the name of an environment or group, or a pattern with * for any characters and ? for one",
    examples=("prod",),
)
"""What may be written wherever environments are named."""
ENVIRONMENT_GROUP = Limit(
    noun="name of an environment group", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("production",)
)
PROJECT_KEY = Limit(noun="project key", pattern=_WORD, rule=_WORD_RULE, longest=100, examples=("customer-chatbot",))
OWNER = Limit(
    noun="value of the ownership tag",
    pattern=rf"{_WORD}/{_WORD}/{_WORD}",
    rule="<inventory>/<environment>/<key>",
    longest=230,
    examples=("acme-retail/prod/search",),
)
REGION = Limit(
    noun="region",
    pattern=r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}",
    rule="the code of an AWS region",
    longest=32,
    known=AWS_REGIONS,
    examples=("us-west-2",),
)
ACCOUNT = Limit(
    noun="account id",
    pattern=r"[0-9]{12}",
    rule="12 digits, in quotes",
    shortest=12,
    longest=12,
    examples=('"111111111111"',),
    slips=((r"[0-9]{4}-[0-9]{4}-[0-9]{4}", "must have exactly 12 digits; remove the hyphens"),),
)
_WHY_UNMANAGED = "is the default project of every account and cannot be managed (no tags, no archiving); remove it"
PROJECT_ID = Limit(
    noun="project id",
    pattern=r"proj_[a-z0-9]+",
    rule="proj_ followed by lowercase letters and digits",
    longest=128,
    refused=((UNMANAGED_ID, _WHY_UNMANAGED),),
    examples=("proj_5ht6vmk4cnu6yfmc345k",),
)
DESCRIPTION = Limit(
    noun="description",
    pattern=ANYTHING,
    rule="any text",
    shortest=0,
    longest=1000,
    examples=("The product that spends",),
)
DATE = Limit(
    noun="date",
    pattern=r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    rule="YYYY-MM-DD",
    shortest=10,
    longest=10,
    examples=("2026-10-15",),
)
INCLUDED_FILES = Limit(
    noun="file to include",
    pattern=r"(?!/)(?!.*\.\.)(?!.*\*\*[^/])(?!.*[^/]\*\*)[^" + _HIDDEN + r"\\\[\]{}!]*\.ya?ml",
    visible=True,
    rule="a .yaml or .yml path below the inventory's folder (/ between folders, * and ** as usual)",
    longest=256,
    examples=("teams/search.yaml",),
)
_POSITIVE = r"(?!0+(?:\.0+)?%?$)[0-9]{1,12}(?:\.[0-9]{1,2})?"
AMOUNT = Limit(
    noun="amount",
    pattern=_POSITIVE,
    rule="a number of US dollars above 0, with at most two decimals",
    longest=15,
    examples=("500",),
)
THRESHOLD = Limit(
    noun="threshold",
    pattern=f"{_POSITIVE}%?",
    rule="a percentage of the budget's amount, or a number of US dollars, above 0",
    longest=16,
    examples=("80%",),
)
PERCENTAGE = Limit(
    noun="percentage",
    pattern=f"{_POSITIVE}%",
    rule="a number above 0 with a % sign",
    longest=16,
    examples=("40%",),
)
BUDGET_KEY = Limit(noun="budget key", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("customer-experience",))
ALERT_KEY = Limit(noun="anomaly alert key", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("by-team",))
EXPORT_NAME = Limit(noun="export name", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("acme-cur2",))
EXPORT_LOCATION = Limit(
    noun="location of a data export",
    pattern=_NO_TEMPLATE + r"(?:s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/" + _without(_HIDDEN) + ")?"
    r"|(?![/~])(?!.*\.\.)" + _without(r":\\" + _HIDDEN) + ")",
    visible=True,
    rule="s3://BUCKET/PREFIX, or a folder below the inventory's (/ between folders)",
    longest=1024,
    examples=("s3://acme-billing/cur2/daily-cur2",),
)
"""Buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
BUCKET = Limit(
    noun="bucket name",
    pattern=r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|--x-s3|--table-s3)$)[a-z0-9][a-z0-9-]*[a-z0-9]",
    rule="lowercase letters, digits and hyphens, with a letter or digit at both ends, without S3's own prefixes",
    shortest=3,
    longest=63,
    examples=("acme-bedrock-costs",),
)
"""S3 also accepts dots, but then refuses some requests over TLS.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""
SHARED_COST = Limit(noun="name of a shared cost", pattern=_WORD, rule=_WORD_RULE, longest=64, examples=("gateway",))
CHARGED_VALUE = replace(FORMER_TAG_VALUE, noun="value of the tag", examples=("Search",))
"""Not empty: that is what has no value, and is unallocated."""
_LINE = _NO_TEMPLATE + _without(_HIDDEN)
CENTRAL_NAME = Limit(
    noun="name of the central cost", pattern=_LINE, visible=True, rule="one line", longest=128, examples=("Platform",)
)
ADJUSTMENT_DESCRIPTION = Limit(
    noun="description of an adjustment",
    pattern=_LINE,
    visible=True,
    rule="one line",
    longest=128,
    examples=("Platform fee",),
)
ADJUSTMENT_AMOUNT = Limit(
    noun="amount of an adjustment",
    pattern=r"-?(?!0+(?:\.0+)?$)[0-9]{1,12}(?:\.[0-9]{1,3})?",
    rule="a number but 0 with at most three decimals, without currency",
    longest=17,
    examples=('"4000.00"',),
)
SMALLEST_TRUE_UP = Limit(
    noun="smallest true-up",
    pattern=r"[0-9]{1,12}(?:\.[0-9]{1,3})?",
    rule="a number from 0 with at most three decimals, without currency",
    longest=16,
    examples=('"1.00"',),
)
MONTH = Limit(
    noun="month",
    pattern=r"[0-9]{4}-(?:0[1-9]|1[0-2])",
    rule="YYYY-MM",
    shortest=7,
    longest=7,
    examples=("2026-10",),
)
CLOSING_DAY = Limit(
    noun="day",
    pattern=r"[1-9]|1[0-9]|2[0-8]",
    rule="a day that each month has, from 1 to 28",
    longest=2,
    examples=("8",),
)
GL_ACCOUNT = Limit(
    noun="account of the general ledger",
    pattern=r"[A-Za-z0-9][A-Za-z0-9 ._/-]*",
    rule="letters from A to Z, digits, spaces and . _ / -, in quotes",
    longest=64,
    examples=('"6450"',),
)
_NOT_IN_PATHS = rf"\s:\\{{}}{_HIDDEN}"
_BELOW = r"(?![/~])(?!.*\.\.)"
FOLDER = Limit(
    noun="folder",
    pattern=_BELOW + _without(_NOT_IN_PATHS),
    visible=True,
    rule="a folder below the inventory's (/ between folders)",
    longest=256,
    examples=("chargeback",),
)
MONTH_PLACEHOLDER = "{month}"
WEIGHTS_FILE = Limit(
    noun="file of weights",
    pattern=_BELOW + rf"(?:[^{_NOT_IN_PATHS}]|\{{month\}})+\.csv",
    visible=True,
    rule="a .csv path without spaces below the inventory's folder (/ between folders), with {month} in it or not",
    longest=256,
    slips=(
        (
            r".*(?P<other>\{(?!month\})[^{}]*\}).*",
            "contains {other}, but {{month}} is the only placeholder; replace it",
        ),
    ),
    examples=("weights/gateway-{month}.csv",),
)
BUDGET_NAME = Limit(
    noun="budget name",
    pattern=ANYTHING,
    rule="any text but : and \\",
    longest=100,
    examples=("acme-retail.prod.customer-experience",),
)
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html"""
SUBSCRIBER = Limit(
    noun="subscriber",
    pattern=_NO_TEMPLATE + r"[A-Za-z0-9.!#$%&'*+=?^_{|}~-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+"
    r"|arn:aws(?:-us-gov)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
    rule="an e-mail address, or the ARN of an SNS topic",
    shortest=6,
    longest=302,
    examples=("finops@example.com",),
)
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Subscriber.html"""
ROLE_ARN = Limit(
    noun="role ARN",
    pattern=r"arn:aws(?:-us-gov)?:iam::[0-9]{12}:role/(?:[A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
    rule="arn:aws:iam::<account>:role/<name>",
    longest=600,
    examples=("arn:aws:iam::111111111111:role/chatbot",),
)
ACCOUNT_PLACEHOLDER = "{account}"
ASSUMED_ROLE_ARN = replace(
    ROLE_ARN,
    pattern=ROLE_ARN.pattern.replace("[0-9]{12}", r"(?:[0-9]{12}|\{account\})"),
    rule="the ARN of a role, with {account} or a number for its account",
    examples=("arn:aws:iam::{account}:role/bedrock-projects",),
)
ENVIRONMENT_PLACEHOLDER = "{environment}"
PARAMETER_PREFIX = Limit(
    noun="prefix of parameter names",
    pattern=r"(?!/(?:[aA][wW][sS]|[sS][sS][mM]))(?:/(?:[A-Za-z0-9_.-]|\{environment\})+){1,12}",
    rule="letters, digits, _ . - and {environment} after each /, but neither /aws nor /ssm at the start",
    longest=200,
    examples=("/acme/bedrock/{environment}",),
)
"""https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html"""

ALERTS_PER_BUDGET = 10
ADDRESSES_PER_ALERT = 10
TOPICS_PER_ALERT = 1
"""https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html"""
VALUES_PER_MONITOR = 10
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalyMonitor.html"""
MONITORS_PER_ACCOUNT = 500
SUBSCRIPTIONS_PER_ACCOUNT = 100
"""https://docs.aws.amazon.com/general/latest/gr/billing.html"""
MONITOR_RESOURCE = 247
"""Bytes of a resource's name: Pulumi's AWS provider adds 8 and may use 255."""
INLINE_POLICY_NAME = 128
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html"""
POLICIES_PER_ROLE = 40
"""So many policies fit the 10,240 characters that all inline policies of a role may have (without white space):
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
RUNTIME_POLICIES_PER_ROLE = POLICIES_PER_ROLE // 2
"""The same for projects of bedrock-runtime, whose policies name models too."""
