"""Text of services on terminals and pages."""


def printable(text: str) -> str:
    """One line: what a service says must not steer a terminal, nor break a table."""
    return "".join(each if each.isprintable() else " " for each in text)
