"""Publish tables of targets of `configs`: as files, and in the documentation.

    keras_av build //configs/rivals:sscl_seeds
    python benchmarks/publish.py rivals/sscl_seeds

Copies the table of a built target to `benchmarks/results`, and puts it where
a page has the comments `<!-- results: NAME -->` and `<!-- end -->`.
"""

import pathlib
import re

from absl import app

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_BUILT = _ROOT / "out" / "tensorflow" / "configs"
RESULTS = _ROOT / "benchmarks" / "results"
PAGES = sorted((_ROOT / "docs" / "pages").rglob("*.md"))


def published(text, results=RESULTS):
    """A text with the tables that its comments name."""

    def table(found):
        rows = (results / f"{found[1]}.txt").read_text("utf-8").rstrip()
        shown = "\n".join(f"    {row}".rstrip() for row in rows.split("\n"))
        return f"<!-- results: {found[1]} -->\n\n{shown}\n\n<!-- end -->"

    place = r"<!-- results: (\w+) -->.*?<!-- end -->"
    return re.sub(place, table, text, flags=re.DOTALL)


def main(targets):
    """Publish the tables of some targets."""
    RESULTS.mkdir(exist_ok=True)
    for target in targets[1:]:
        built = _BUILT / target
        table = (built / "latest" / "table.txt").read_text("utf-8")
        (RESULTS / f"{built.name}.txt").write_text(table, "utf-8")
    for page in PAGES:
        page.write_text(published(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    app.run(main)
