"""The rules of a chargeback in words, to compare those of two inventories."""

from collections.abc import Mapping

from bedrock_projects.chargeback.rules import Chargeback, Split


def chargeback_rules(rules: Chargeback | None) -> Mapping[str, Mapping[str, str]]:
    """What the rules say: as a whole, of each shared cost, and of the adjustments of each month."""
    if rules is None:
        return {}
    return {
        "rules": _general(rules),
        **{
            f"shared.{cost.name}": {"projects": ", ".join(cost.projects), "split": _in_words(cost.split)}
            for cost in rules.shared
        },
        **{
            f"adjustments.{month}": {
                adjustment.description: f"{adjustment.amount:f} {_in_words(adjustment.split)}"
                for adjustment in adjustments
            }
            for month, adjustments in rules.adjustments.items()
        },
    }


def _general(rules: Chargeback) -> Mapping[str, str]:
    central, journal, closed = rules.central, rules.journal, rules.closed
    cost_center = f" ({central.cost_center})" if central and central.cost_center else ""
    return {
        "by": rules.by,
        "cost": rules.cost,
        **({"central": f"{central.name}{cost_center}"} if central else {}),
        "unallocated": _in_words(rules.unallocated) if rules.unallocated else "central",
        "discounts": rules.discounts,
        "refunds": rules.refunds,
        "credits": rules.credits,
        "tax": rules.tax,
        "support": rules.support,
        **({"journal": f"by {journal.cost_center} to {journal.gl_account}"} if journal else {}),
        "closed": f"in {closed.folder} from day {closed.not_before_day}",
        "smallest true-up": f"{closed.smallest_true_up:f}",
    }


def _in_words(split: Split) -> str:
    if split.shares:
        return f"{split.method}: {', '.join(f'{value} {share:f}%' for value, share in sorted(split.shares.items()))}"
    if split.weights:
        return f"{split.method} of {split.weights}"
    return f"{split.method} to {', '.join(split.to)}" if split.to else split.method
