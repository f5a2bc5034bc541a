"""Accounts, their credentials, and the organisation that they form.

Without any set-up the access key `local-<account>` with the secret `local-secret` belongs to the account of those
twelve digits, and the bearer key `local-key-<account>` or `local-key-<account>-<region>` likewise. A session token
`expired` makes the first one an expired session. Further keys come from the control API, and from moto (IAM users,
AssumeRole).

Not imitated: policies (an account may do everything that no fault denies), GetSessionToken, organisations made through
the Organizations API, real Bedrock API keys.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

LOCAL_SECRET = "local-secret"  # noqa: S105  a documented value of the local AWS, which protects nothing
EXPIRED_TOKEN = "expired"  # noqa: S105  likewise
DEFAULT_REGION = "us-west-2"
_LOCAL_KEY = re.compile(r"local-(\d{12})")
_BEARER_KEY = re.compile(r"local-key-(\d{12})(?:-([a-z]{2}(?:-[a-z]+)+-\d))?")


@dataclass(frozen=True)
class Secret:
    """What an access key id is for. `expires` is in the machine's unix seconds, None for never."""

    account: str
    secret_key: str
    principal: str
    session_token: str | None = None
    expires: float | None = None


@dataclass(frozen=True)
class BearerKey:
    """What a bearer key is for; without a region the host's or the default holds."""

    account: str
    region: str | None = None


class Accounts:
    """Who is who. `temporary` finds access keys that moto issued."""

    def __init__(self, temporary: Callable[[str], Secret | None]) -> None:
        self._temporary = temporary
        self._keys: dict[str, Secret] = {}
        self._bearer_keys: dict[str, BearerKey] = {}
        self._payers: dict[str, str] = {}
        self.closed: frozenset[str] = frozenset()

    def secret(self, access_key: str, *, session_token: str | None = None) -> Secret | None:
        """What the key is for; None for one that nobody issued."""
        if match := _LOCAL_KEY.fullmatch(access_key):
            expired = session_token == EXPIRED_TOKEN
            return Secret(
                account=match[1],
                secret_key=LOCAL_SECRET,
                principal=f"arn:aws:iam::{match[1]}:user/local",
                session_token=EXPIRED_TOKEN if expired else None,
                expires=0.0 if expired else None,
            )
        return self._keys.get(access_key) or self._temporary(access_key)

    def bearer_key(self, key: str) -> BearerKey | None:
        """What a bearer key is for; None for an unknown one."""
        if match := _BEARER_KEY.fullmatch(key):
            return BearerKey(match[1], match[2])
        return self._bearer_keys.get(key)

    def add_key(self, access_key: str, secret: Secret) -> None:
        """Makes a further access key known."""
        self._keys[access_key] = secret

    def add_bearer_key(self, key: str, bearer_key: BearerKey) -> None:
        """Makes a further bearer key known."""
        self._bearer_keys[key] = bearer_key

    def organize(self, management: str, members: list[str], *, closed: list[str]) -> None:
        """Makes `members` linked accounts of a management account, `closed` among them. All others stand alone."""
        self._payers = dict.fromkeys([*members, *closed], management)
        self.closed = frozenset(closed)

    def members(self, management: str) -> list[str]:
        """The linked accounts of a management account, the closed ones too."""
        return [account for account, payer in self._payers.items() if payer == management]

    def payer(self, account: str) -> str:
        """The account that pays for this one: itself, unless it is a member of an organisation."""
        return self._payers.get(account, account)
