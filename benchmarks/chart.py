"""A bar chart as SVG: a line for each bar, its length in seconds."""

from collections.abc import Mapping
from html import escape

_WIDTH, _LABEL, _BAR, _GAP, _VALUE = 720, 250, 18, 8, 60


def bar_chart(title: str, bars: Mapping[str, float]) -> str:
    """Label to seconds, from top to bottom; the longest bar fills the width."""
    scale = (_WIDTH - _LABEL - _VALUE) / max(bars.values())
    rows = [_row(number, label, seconds, scale) for number, (label, seconds) in enumerate(bars.items(), start=1)]
    height = (len(bars) + 1) * (_BAR + _GAP) + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" '
        f'font-size="13">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="{_GAP}" y="{_BAR}" font-weight="bold">{escape(title)}</text>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _row(number: int, label: str, seconds: float, scale: float) -> str:
    top = number * (_BAR + _GAP) + _GAP
    middle = top + _BAR - 5
    length = seconds * scale
    return (
        f'<text x="{_LABEL - _GAP}" y="{middle}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{_LABEL}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="#36c"/>'
        f'<text x="{_LABEL + length + 4:.1f}" y="{middle}">{seconds:.1f} s</text>'
    )
