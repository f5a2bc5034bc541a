"""Text of services on terminals and pages."""


def printable(text: str) -> str:
    """One line: what a service says must not steer a terminal, nor break a table."""
    return "".join(character if character.isprintable() else " " for character in text)
