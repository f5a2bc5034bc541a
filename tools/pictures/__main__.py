"""Writes the pictures of the documentation to docs/pictures."""

from pathlib import Path

from tools.pictures.cost_report import take_cost_report
from tools.pictures.review import draw_review
from tools.pictures.statements import take_statements

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "review.svg").write_text(draw_review(), "utf-8")
    (PICTURES / "cost-report.png").write_bytes(take_cost_report())
    for name, picture in take_statements().items():
        (PICTURES / name).write_bytes(picture)
