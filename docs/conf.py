"""The documentation site, made by Sphinx from the Markdown of this repository: run `make docs`.

Its sources are the README, CONTRIBUTING, the CHANGELOG and the pages below docs; links between them are the same on
GitHub and on the site. docs/index.md is its navigation.
"""

from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

_ROOT = Path(__file__).parents[1]
# What GitHub shows of a folder that a link leads to.
_PAGE_OF_A_FOLDER = "README"

project = "Bedrock Projects as code"
project_copyright = "the contributors to Bedrock Projects as code"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = [folder.name for folder in _ROOT.iterdir() if folder.is_dir() and folder.name != "docs"]
nitpicky = True
smartquotes = False  # quotes are as in the sources, to copy

myst_heading_anchors = 6
highlight_language = "text"

html_theme = "furo"
html_title = project
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_js_files = [("scrolling.js", {"defer": ""})]
html_extra_path = ["_site_root"]
html_copy_source = False
html_use_index = False


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("doctree-read", _link_folders_to_their_pages)


def _link_folders_to_their_pages(app: Sphinx, doctree: nodes.document) -> None:
    """A link to a folder leads to its page; a folder without one stays unknown, which fails the build."""
    for link in doctree.findall(pending_xref):
        page = Path(doctree["source"]).parent / link["reftarget"] / f"{_PAGE_OF_A_FOLDER}.md"
        if link["refdomain"] is None and page.is_file():
            link.attributes.update(refdomain="doc", reftarget=app.env.path2doc(page), reftargetid=None)
