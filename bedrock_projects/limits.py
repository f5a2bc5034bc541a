"""The one table of limits: the checks, the JSON Schema and the documentation are made from it.

Sources: names, https://docs.aws.amazon.com/bedrock/latest/userguide/cloudformation-projects.html and the schema of
`AWS::BedrockMantle::Project`; tags, https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html.
"""

import re
import unicodedata
from dataclasses import dataclass, field

TAGS_PER_PROJECT = 50
"""The ownership tag included."""

PROJECTS_PER_ACCOUNT = 1000

ACTIVE_COST_ALLOCATION_TAGS = 500
"""In a payer account: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html"""

NEAR = 0.9
"""The share of a limit from which on people are told that it comes near."""

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
"""Where the service is known to be; the list grows, so that another one is worth a hint only."""

RETENTION_MODES = ("inherit", "none", "default", "aws_review", "provider_data_share")

UNMANAGED_ID = "default"
"""The project that each account has from the start; it can be neither tagged nor archived."""

ANYTHING = r"[\s\S]*"

DEEPEST_NESTING = 32
"""Levels of a YAML file: the form has 6, the rest is for the users' own `x-` keys."""

MOST_NODES = 1_000_000
"""Nodes of a YAML file with each alias counted as what it stands for."""


@dataclass(frozen=True)
class Limit:
    """What one kind of text may be; lengths in characters.

    `pattern` is for the whole text, in what the regular expressions of Python and ECMAScript have in common.
    `characters` is a class of Python's for a single one, where that can say more than `pattern`. `reserved` are
    beginnings that AWS keeps for itself, `refused` are texts of the right form with the reason against them.
    """

    what: str
    pattern: str
    says: str
    longest: int
    shortest: int = 1
    characters: str = ""
    reserved: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()
    _whole: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        characters = f"(?={self.characters}*\\Z)" if self.characters else ""
        object.__setattr__(self, "_whole", re.compile(f"{characters}(?:{self.pattern})", re.DOTALL))

    @property
    def article(self) -> str:
        """What it is, with its article."""
        return f"{'an' if self.what[0] in 'aeiou' else 'a'} {self.what}"

    def fault(self, text: str) -> str | None:
        """What is wrong with the text and what to write instead; None where it is good."""
        if self.shortest <= len(text) <= self.longest and self._whole.fullmatch(text):
            for prefix in self.reserved:
                if text[: len(prefix)].lower() == prefix:
                    return f"begins with {text[: len(prefix)]!r}, which AWS reserves; choose another {self.what}"
            return None
        return dict(self.refused).get(text) or self._explain(text)

    def _explain(self, text: str) -> str:
        if not text:
            return f"is empty; write {self.article}: {self.says}"
        if len(text) > self.longest:
            return f"is {len(text)} characters long; {self.article} has at most {self.longest}"
        if text != text.strip():
            return f"begins or ends with white space, which would make it another {self.what}: take that out"
        for character in text if self.characters else ():
            if not re.fullmatch(self.characters, character):
                return f"contains {_named(character)}; {self.article} is {self.says}"
        example = f", for example {self.examples[0]}" if self.examples else ""
        return f"{text!r} is not {self.article}: {self.says}{example}"


def _named(character: str) -> str:
    code = f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
    return f"{character!r} ({code})" if character.isprintable() else code


_SPACES = r"\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG_CHARACTERS = rf"[\w .:/=+\-@{_SPACES}]"
_NOT_IN_TAGS = r"""\u0000-\u001f!"#$%&'()*,;<>?\[\\\]^`{|}~\u007f"""
_CONTROLS = r"\u0000-\u001f\u007f-\u009f"


def _without(excluded: str) -> str:
    """Text that lacks the characters and neither begins nor ends with white space."""
    return rf"(?:[^\s{excluded}](?:[^{excluded}]*[^\s{excluded}])?)?"


TAG_SAYS = "letters, digits and spaces of any script and _ . : / = + - @"
TAG_KEY = Limit(
    what="tag key",
    pattern=_without(_NOT_IN_TAGS),
    characters=_TAG_CHARACTERS,
    says=TAG_SAYS,
    longest=128,
    reserved=("aws:",),
    examples=("CostCenter",),
)
TAG_VALUE = Limit(
    what="tag value",
    pattern=_without(_NOT_IN_TAGS),
    characters=_TAG_CHARACTERS,
    says=TAG_SAYS,
    shortest=0,
    longest=256,
    examples=("CustomerExperience",),
)
TAG_PATTERN = Limit(
    what="regular expression",
    pattern=ANYTHING,
    says="a regular expression that the whole value has to match",
    longest=256,
    examples=("CC-[0-9]{4}",),
)
IGNORED_TAGS = Limit(
    what="pattern of tag keys",
    pattern=r"""[^\u0000-\u001f!"#$%&'(),;<>\[\\\]^`{|}~\u007f]+""",
    says="a tag key in which * stands for any characters and ? for one",
    longest=128,
    examples=("c7n:*",),
)
PROJECT_NAME = Limit(
    what="project name",
    pattern=_without(_CONTROLS),
    characters=f"[^{_CONTROLS}]",
    says="at most 128 characters; letters, digits and single spaces, _ or - between them are safe",
    longest=128,
    examples=("CustomerChatbot",),
)
SAFE_PROJECT_NAME = Limit(
    what="project name",
    pattern=r"(?:[0-9a-zA-Z][ _-]?)+",
    says="letters and digits in words joined by one space, _ or -",
    longest=64,
    examples=("CustomerChatbot",),
)
"""The narrower of the two rules that AWS documents; names inside it are accepted under either."""
NAME_FORMAT = Limit(
    what="name format",
    pattern=r"[^{}]*\{name\}[^{}]*",
    says="text with {name} in it once, in quotes",
    longest=128,
    examples=("{name}-Prod",),
)
_WORD = r"[A-Za-z][A-Za-z0-9_-]*"
_WORD_SAYS = "letters, digits, - and _, beginning with a letter"
# The ownership tag's value is <inventory>/<environment>/<key>: 64 + 64 + 100 and two slashes fit its 256 characters.
INVENTORY_NAME = Limit(what="inventory name", pattern=_WORD, says=_WORD_SAYS, longest=64, examples=("acme-retail",))
ENVIRONMENT_NAME = Limit(what="environment name", pattern=_WORD, says=_WORD_SAYS, longest=64, examples=("prod",))
PROJECT_KEY = Limit(what="project key", pattern=_WORD, says=_WORD_SAYS, longest=100, examples=("customer-chatbot",))
OWNER = Limit(
    what="value of the ownership tag",
    pattern=rf"{_WORD}/{_WORD}/{_WORD}",
    says="<inventory>/<environment>/<key>",
    longest=230,
    examples=("acme-retail/prod/search",),
)
REGION = Limit(
    what="region",
    pattern=r"[a-z]{2,3}(?:-[a-z]+)+-[0-9]{1,2}",
    says="the code of an AWS region",
    longest=32,
    examples=("us-west-2",),
)
ACCOUNT = Limit(
    what="account id",
    pattern=r"[0-9]{12}",
    says="12 digits, in quotes",
    shortest=12,
    longest=12,
    examples=('"111111111111"',),
)
_WHY_UNMANAGED = (
    "is the project that every account has from the start; it can be neither tagged nor archived, so it cannot be "
    "managed: leave it out"
)
PROJECT_ID = Limit(
    what="project id",
    pattern=r"proj_[a-z0-9]+",
    says="proj_ and small letters and digits",
    longest=128,
    refused=((UNMANAGED_ID, _WHY_UNMANAGED),),
    examples=("proj_5ht6vmk4cnu6yfmc345k",),
)
DESCRIPTION = Limit(
    what="description",
    pattern=ANYTHING,
    says="any text",
    shortest=0,
    longest=1000,
    examples=("The product that spends",),
)
INCLUDED_FILES = Limit(
    what="file to include",
    pattern=r"(?!/)(?!.*\.\.)(?!.*\*\*[^/])(?!.*[^/]\*\*)[^\u0000-\u001f\\\[\]{}!]*\.ya?ml",
    says="a path below the inventory's folder, / between folders, * and ** as in a shell, ending in .yaml or .yml",
    longest=256,
    examples=("teams/search.yaml",),
)
_POSITIVE = r"(?!0+(?:\.0+)?%?$)[0-9]{1,12}(?:\.[0-9]{1,2})?"
AMOUNT = Limit(
    what="amount",
    pattern=_POSITIVE,
    says="a number of US dollars above 0, with at most two decimals",
    longest=15,
    examples=("500",),
)
THRESHOLD = Limit(
    what="threshold",
    pattern=f"{_POSITIVE}%?",
    says="a percentage of the budget's amount, or a number of US dollars, above 0",
    longest=16,
    examples=("80%",),
)
PERCENTAGE = Limit(
    what="percentage",
    pattern=f"{_POSITIVE}%",
    says="a number above 0 with a % sign",
    longest=16,
    examples=("40%",),
)
BUDGET_KEY = Limit(what="budget key", pattern=_WORD, says=_WORD_SAYS, longest=64, examples=("customer-experience",))
ALERT_KEY = Limit(what="anomaly alert key", pattern=_WORD, says=_WORD_SAYS, longest=64, examples=("by-team",))
BUDGET_NAME = Limit(
    what="budget name",
    pattern=ANYTHING,
    says="any text but : and \\",
    longest=100,
    examples=("acme-retail.prod.customer-experience",),
)
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html"""
SUBSCRIBER = Limit(
    what="subscriber",
    pattern=r"[A-Za-z0-9.!#$%&'*+=?^_{|}~-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+"
    r"|arn:aws(?:-us-gov)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
    says="an e-mail address, or the ARN of an SNS topic",
    shortest=6,
    longest=302,
    examples=("finops@example.com",),
)
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Subscriber.html"""
ROLE_ARN = Limit(
    what="role ARN",
    pattern=r"arn:aws(?:-us-gov)?:iam::[0-9]{12}:role/(?:[A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
    says="arn:aws:iam::<account>:role/<name>",
    longest=600,
    examples=("arn:aws:iam::111111111111:role/chatbot",),
)
PARAMETER_PREFIX = Limit(
    what="prefix of parameter names",
    pattern=r"(?!/(?:[aA][wW][sS]|[sS][sS][mM]))(?:/[A-Za-z0-9_.-]+){1,12}",
    says="letters, digits and _ . - after each /, and neither /aws nor /ssm first",
    longest=200,
    examples=("/acme/bedrock",),
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
"""Bytes of a resource's name of which Pulumi's AWS provider can make a name of 255: it adds 8."""
INLINE_POLICY_NAME = 128
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html"""
POLICIES_PER_ROLE = 40
"""So many of ours fit the 10,240 characters that all inline policies of a role may have, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
