"""The roles of an inventory as values: their names, who may assume them, and their policies.

`cloudformation` and `terraform` write them down. The policies are those of `policies`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import Endpoint
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.permissions import PolicyName
from bedrock_projects.iam.policies import Place, Policy, allow, allowed, place_of, policy_of
from bedrock_projects.model import BILLING_STACK, Billing, Environment, Inventory

Purpose = Literal["deploy", "preview"]
PURPOSES: Final[tuple[Purpose, ...]] = ("deploy", "preview")
_POLICIES: Final[Mapping[Purpose, tuple[PolicyName, ...]]] = {"deploy": ("deploy",), "preview": ("review",)}
_BILLING_POLICIES: Final[Mapping[Purpose, tuple[PolicyName, ...]]] = {
    "deploy": ("billing", "costs"),
    "preview": ("costs", "accounts"),
}
_GITHUB: Final = "token.actions.githubusercontent.com"
_GITLAB: Final = "gitlab.com"
_SCHEME: Final = "https://"
_PREVIEW: Final = "-preview"
"""What our pipelines add to the name of an environment for its previews."""


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Roles of one account that assume those of all accounts: one for each purpose."""

    role_arns: Mapping[Purpose, str]

    @property
    def tells_previews_apart(self) -> bool:
        """Whether previews have a role of their own here."""
        return len(set(self.role_arns.values())) > 1


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A repository whose jobs sign in by OIDC; `url` is the issuer of their tokens, `audience` whom these are for."""

    url: str
    audience: str
    repository: str
    is_github: bool

    @property
    def tells_previews_apart(self) -> bool:
        """Always: the jobs of previews run what a pull request proposes."""
        return True

    @property
    def host(self) -> str:
        """The issuer as IAM names it."""
        return self.url.removeprefix(_SCHEME)

    def subjects(self, purpose: Purpose, environments: Iterable[str]) -> tuple[str, ...]:
        """The jobs that may assume a role, by the claim `sub` of their tokens; a `*` is any text.

        GitHub's environments are those that our pipelines use. GitLab's token knows the branch alone.
        """
        if not self.is_github:
            branch = {"deploy": "main", "preview": "*"}[purpose]
            return (f"project_path:{self.repository}:ref_type:branch:ref:{branch}",)
        suffix = {"deploy": "", "preview": _PREVIEW}[purpose]
        return tuple(f"repo:{self.repository}:environment:{name}{suffix}" for name in environments)


Trust = Hub | Pipeline


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that each account gets, for one or both purposes.

    `policies` are by name. `subjects` are the jobs that may assume it by account, None if `hub_role_arns` may. An `up`
    begins with a preview: who deploys may assume the role for previews too.
    """

    purposes: tuple[Purpose, ...]
    name: str
    path: str
    policies: Mapping[str, Policy]
    hub_role_arns: tuple[str, ...] = ()
    subjects: Mapping[str, tuple[str, ...]] | None = None

    @property
    def admits_deploy_role(self) -> bool:
        """Whether the role for deploying of the same account may assume it: a job may have signed in as that one."""
        return self.subjects is not None and self.purposes == ("preview",)

    @property
    def shared_subjects(self) -> tuple[str, ...] | None:
        """The jobs, if they are the same in all accounts."""
        known = set((self.subjects or {}).values())
        return known.pop() if len(known) == 1 else None


def github(repository: str) -> Pipeline:
    """A repository of GitHub, `owner/name`."""
    return Pipeline(
        url=_SCHEME + _GITHUB, audience="sts.amazonaws.com", repository=_repository(repository), is_github=True
    )


def gitlab(project: str) -> Pipeline:
    """A project of GitLab, `group/project`, or its URL if it is on another server than gitlab.com."""
    host, path = _GITLAB, project
    if project.startswith(_SCHEME):
        host, _, path = project.removeprefix(_SCHEME).partition("/")
    url = _SCHEME + host
    return Pipeline(url=url, audience=url, repository=_repository(path), is_github=False)


def _repository(path: str) -> str:
    parts = path.strip("/").split("/")
    if len(parts) < 2 or not all(part and not set(part) & set('*?"${}: ') for part in parts):
        raise SettingsError(f"{path!r} is not the path of a repository; write owner/name")
    return "/".join(parts)


def check_previews_apart(inventory: Inventory) -> None:
    """Raises SettingsError if a pull request could deploy: the previews of one environment have the name of another.

    GitHub takes capitals in the name of an environment for small letters.
    """
    names = {*inventory.environments, *([BILLING_STACK] if inventory.billing else [])}
    folded = {name.casefold(): name for name in names}
    for name in sorted(names):
        previews = f"{name}{_PREVIEW}"
        if other := folded.get(previews.casefold()):
            raise SettingsError(
                f"pull requests could deploy: pipelines preview environment {name!r} as {previews!r}, and deploy "
                f"environment {other!r} under that name; give one of the two another name"
            )


def roles_of(inventory: Inventory, names: Sequence[str], trust: Trust, *, account: str) -> list[Role]:
    """The roles of these environments, which all of their accounts get.

    `account` is written in ARNs instead of the account's number. SettingsError if an environment has no role, or
    another name for it than the others: what each account gets is the same. SettingsError too if pull requests could
    deploy: the trust tells previews apart, and the environments have one role for both.
    """
    if isinstance(trust, Pipeline):
        check_previews_apart(inventory)
    environments = [inventory.environment(name) for name in names]
    accounts: dict[str, list[str]] = {}
    for environment in environments:
        accounts.setdefault(_account_of(environment), []).append(environment.name)
    place = _joined((place_of(inventory, name, account=account) for name in names), account=account)
    return _roles(environments, accounts, trust, place=place, policies=_POLICIES)


def billing_roles(inventory: Inventory, trust: Trust, *, account: str) -> list[Role]:
    """The roles of `billing`; SettingsError if it has none, or one for both although the trust tells previews apart."""
    billing = inventory.billing
    if isinstance(trust, Pipeline):
        check_previews_apart(inventory)
    if billing is None:
        raise SettingsError(
            f"inventory {inventory.name!r} has no `billing`; add it, with `account` and `role_arn`, or leave out "
            "`--billing`"
        )
    place = Place(account=account)
    return _roles([billing], {billing.account: [BILLING_STACK]}, trust, place=place, policies=_BILLING_POLICIES)


def hub_policy(inventory: Inventory, purpose: Purpose) -> Policy:
    """The policy of a hub's role: it may assume the roles that trust it, in any account.

    Who deploys previews too, with the roles for that. SettingsError if the inventory names no role, or if an
    environment has none for previews alone: its role for both trusts no hub's role for previews.
    """
    billing = [inventory.billing] if inventory.billing else []
    holders: list[Environment | Billing] = [*inventory.environments.values(), *billing]
    with_roles = [holder for holder in holders if _role_for(holder, "preview")]
    if not with_roles:
        raise SettingsError(f"inventory {inventory.name!r} has no `role_arn`; write one in `defaults`")
    arns: set[str] = set()
    for holder in with_roles:
        if purpose == "preview" and holder.preview_role_arn is None:
            raise SettingsError(
                f"{_name_of(holder)!r} has no `preview_role_arn`, and its `role_arn` deploys; write one, or one "
                "for all environments in `defaults`"
            )
        admitted = PURPOSES if purpose == "deploy" else (purpose,)
        arns.update(role for one in admitted if (role := _role_for(holder, one)))
    resources = sorted({arn.replace(f"::{account_in(arn)}:", "::*:") for arn in arns})
    return policy_of([allowed("AssumeRoles", ["sts:AssumeRole"], resources)])


def _role_for(holder: Environment | Billing, purpose: Purpose) -> str | None:
    return (holder.preview_role_arn if purpose == "preview" else None) or holder.role_arn


def _name_of(holder: Environment | Billing) -> str:
    return holder.name if isinstance(holder, Environment) else BILLING_STACK


def _account_of(environment: Environment) -> str:
    """The account of an environment's role."""
    if environment.role_arn is None:
        raise SettingsError(
            f"environment {environment.name!r} has no `role_arn`; write one in it or in `defaults`, such as "
            "arn:aws:iam::{account}:role/bedrock-projects"
        )
    return account_in(environment.role_arn) or ""


def _roles(
    holders: Sequence[Environment | Billing],
    accounts: Mapping[str, Sequence[str]],
    trust: Trust,
    *,
    place: Place,
    policies: Mapping[Purpose, tuple[PolicyName, ...]],
) -> list[Role]:
    purposes_of: dict[str, list[Purpose]] = {}
    for purpose in PURPOSES:
        purposes_of.setdefault(_common_name(holders, purpose), []).append(purpose)
    if len(purposes_of) == 1 and trust.tells_previews_apart:
        raise _one_for_both(holders[0], next(iter(purposes_of)))
    roles = []
    for full_name, purposes in purposes_of.items():
        path, _, name = full_name.rpartition("/")
        needed = dict.fromkeys(policy for policy in policies[purposes[0]])
        roles.append(
            Role(
                purposes=tuple(purposes),
                name=name,
                path=f"/{path}/" if path else "/",
                policies={policy: allow(policy, place) for policy in needed},
                hub_role_arns=_hub_roles(trust, purposes),
                subjects=_subjects(trust, purposes, accounts),
            )
        )
    return roles


def _one_for_both(holder: Environment | Billing, name: str) -> SettingsError:
    is_billing = isinstance(holder, Billing)
    whose, where = ("`billing` has", "billing") if is_billing else ("the environments have", "defaults")
    return SettingsError(
        f"pull requests could deploy: {whose} one role, {name}, for previews and deployments; write another one as "
        f"`preview_role_arn` in `{where}`"
    )


def _common_name(holders: Sequence[Environment | Billing], purpose: Purpose) -> str:
    """The path and name of the role that all of them have for the purpose."""
    names: dict[str, str] = {}
    for holder in holders:
        whose, role = _name_of(holder), _role_for(holder, purpose)
        if role is None:
            raise SettingsError(f"{whose!r} has no `role_arn`; write one")
        names.setdefault(role.partition(":role/")[2], whose)
    if len(names) > 1:
        (one, whose), (other, others) = list(names.items())[:2]
        raise SettingsError(
            f"environments {whose!r} and {others!r} have different roles to {purpose} with: {one} and {other}; give "
            "them one name, or choose those of one name with `--environment`"
        )
    return next(iter(names))


def _hub_roles(trust: Trust, purposes: Sequence[Purpose]) -> tuple[str, ...]:
    if not isinstance(trust, Hub):
        return ()
    admitted = PURPOSES if "preview" in purposes else purposes
    return tuple(dict.fromkeys(trust.role_arns[purpose] for purpose in admitted))


def _subjects(
    trust: Trust, purposes: Sequence[Purpose], accounts: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, ...]] | None:
    if isinstance(trust, Hub):
        return None
    return {
        account: tuple(subject for purpose in purposes for subject in trust.subjects(purpose, names))
        for account, names in sorted(accounts.items())
    }


def _joined(places: Iterable[Place], *, account: str) -> Place:
    """One place with all endpoints and regions."""
    regions: dict[Endpoint, set[str]] = {}
    for place in places:
        for endpoint, known in place.regions.items():
            regions.setdefault(endpoint, set()).update(known)
    return Place(account=account, regions={endpoint: sorted(known) for endpoint, known in regions.items()})
