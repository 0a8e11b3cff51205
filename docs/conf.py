"""Settings of the documentation: offline, executed, searchable in Chinese, no warning let pass."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
os.environ.setdefault("MPLBACKEND", "Agg")
# Figures of the pages have English labels; where the fonts are not installed, no page says so.
os.environ["PYTHONWARNINGS"] = "ignore:no Chinese font:UserWarning"

import econshrink

project = "econshrink"
author = "The econshrink authors"
project_copyright = "2026, " + author
release = version = econshrink.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "mathml",
    "namespaces",
    "chinese_search",
    "error_index",
]
root_doc = "index"
exclude_patterns = ["_build", "jupyter_execute", "README.md"]
templates_path = ["_templates"]

# Executed pages: a cell that fails stops the build.
nb_execution_mode = "cache"
nb_execution_timeout = 180
nb_execution_raise_on_error = True
nb_execution_cache_path = str(Path(__file__).parents[1] / "build" / "docs-cells")
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_typehints = "none"  # the numpy sections say the types
autodoc_member_order = "bysource"
autosummary_generate = False
add_module_names = False
python_use_unqualified_type_names = True
default_role = "code"

html_theme = "pydata_sphinx_theme"
html_title = "econshrink"
html_static_path = ["_static"]
html_css_files = ["house.css", "pages.css"]
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_copy_source = False
html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
suppress_warnings = ["mystnb.unknown_mime_type"]
