"""What the id of a model tells."""

_CLAUDE = "anthropic."


def is_claude(model: str) -> bool:
    """Whether only the Messages API serves the model: it does so for those of Anthropic."""
    return model.startswith(_CLAUDE)
