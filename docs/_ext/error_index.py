"""Index of error messages: a section a wing, an entry a message, made from the source."""

from __future__ import annotations

from collections import defaultdict

from docutils import nodes
from docutils.parsers.rst import Directive
from fault_messages import GAP, PACKAGE, Message, messages
from sphinx.application import Sphinx


class ErrorIndex(Directive):
    """``error-index``: a section a wing, an entry a message."""

    def run(self) -> list[nodes.Node]:
        """Make the sections."""
        for path in PACKAGE.rglob("*.py"):
            self.state.document.settings.env.note_dependency(str(path))
        by_wing: dict[str, list[Message]] = defaultdict(list)
        for message in messages():
            by_wing[message.wing].append(message)
        return [_section(wing, by_wing[wing]) for wing in sorted(by_wing)]


def _section(wing: str, entries: list[Message]) -> nodes.section:
    section = nodes.section(ids=[f"errors-{wing}"], names=[f"errors-{wing}"])
    section += nodes.title(text=f"{wing} ({len(entries)})")
    listed = nodes.definition_list(classes=["errors"])
    for entry in entries:
        item = nodes.definition_list_item()
        item += nodes.term(text=f"saw {entry.seen}")
        body, line = nodes.definition(), nodes.paragraph()
        for label, text in (("expected", entry.expected), ("remedy", entry.remedy)):
            if text.replace(GAP, "").strip(" /"):
                line += nodes.emphasis(text=label)
                line += nodes.Text(f" {text.rstrip('.')}. ")
        line += nodes.literal(text=entry.module)
        body += line
        item += body
        listed += item
    section += listed
    return section


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("error-index", ErrorIndex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
