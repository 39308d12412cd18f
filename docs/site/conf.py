# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx settings of the documentation site. tools/docs.py puts them and the pages together."""

from __future__ import annotations

project = "netops.jobs"
author = "netops.jobs contributors"
copyright = "2026, netops.jobs contributors"

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext", "sphinx_copybutton"]
# The labels of Ansible's own documentation that the generated pages use; tools/docs.py writes them, so that a build
# needs no network.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "ansible.inv")}

html_theme = "furo"
html_title = "netops.jobs"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "source_repository": "https://github.com/netops-jobs/netops.jobs/",
    "navigation_with_keys": True,
}
pygments_style = "ansible"
# That of the theme has too little contrast in what is not highlighted.
pygments_dark_style = "monokai"

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
copybutton_exclude = ".linenos, .gp, .go"
smartquotes = False
nitpicky = True
