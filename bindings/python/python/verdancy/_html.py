"""Small pieces of HTML for notebooks: one table, one style, light and dark, nothing from the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape as escape

_STYLE = """
.verdancy{--ink:#1f2924;--soft:#5c6b63;--line:#d9e0dc;--green:#1c7a45;--red:#b3261e;--amber:#8a5a00;
font:13px/1.45 system-ui,sans-serif;color:var(--ink);max-width:64rem}
.verdancy h4{font-size:15px;margin:.2em 0 .5em}.verdancy table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.verdancy th{text-align:left;color:var(--soft);font-weight:500}.verdancy th,.verdancy td{padding:.2em .9em .2em 0;
border-bottom:1px solid var(--line);text-align:left!important;background:none}.verdancy td.n,.verdancy th.n{text-align:right!important}
.verdancy{overflow-x:auto}.verdancy td.n,.verdancy td.green,.verdancy td.red,.verdancy td.inconclusive,.verdancy td.not_judged{white-space:nowrap}
.verdancy .green{color:var(--green)}.verdancy .red{color:var(--red)}.verdancy .inconclusive,.verdancy .not_judged{color:var(--amber)}
.verdancy .note{color:var(--soft);margin:.4em 0}
@media (prefers-color-scheme:dark){.verdancy{--ink:#e4ebe7;--soft:#a3b0a9;--line:#3a4640;--green:#6fcf97;--red:#ff8a80;--amber:#ffc66d}}
[data-jp-theme-light=true] .verdancy{--ink:#1f2924;--soft:#5c6b63;--line:#d9e0dc;--green:#1c7a45;--red:#b3261e;--amber:#8a5a00}
[data-jp-theme-light=false] .verdancy{--ink:#e4ebe7;--soft:#a3b0a9;--line:#3a4640;--green:#6fcf97;--red:#ff8a80;--amber:#ffc66d}
"""

_MARKS = {"green": "✓", "red": "✗", "inconclusive": "?", "not_judged": "–", "not_applicable": "·"}


def page(head: str, body: str) -> str:
    """A block with a headline."""
    return f"<div class='verdancy'><style>{_STYLE}</style><h4>{escape(head)}</h4>{body}</div>"


def status(name: str) -> str:
    """A status with its mark."""
    return f"{_MARKS.get(name, '')} {name.replace('_', ' ')}".strip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), states: int | None = None) -> str:
    """A table; columns ``numbers`` are set to the right, column ``states`` holds statuses."""

    def cell(i: int, text: str) -> str:
        if i == states:
            return f"<td class='{escape(text)}'>{escape(status(text))}</td>"
        return f"<td{' class=n' if i in numbers else ''}>{escape(text)}</td>"

    top = "".join(f"<th scope=col{' class=n' if i in numbers else ''}>{escape(h)}</th>" for i, h in enumerate(heads))
    body = "".join("<tr>" + "".join(cell(i, str(t)) for i, t in enumerate(row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def text(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as text."""
    all_rows = [list(map(str, heads)), *[list(map(str, r)) for r in rows]]
    widths = [max(len(r[i]) for r in all_rows) for i in range(len(heads))]
    return "\n".join("  " + "  ".join(f"{c:<{w}}" for c, w in zip(r, widths)).rstrip() for r in all_rows)
