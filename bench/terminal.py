"""Draws what a command wrote to a terminal (text with ANSI colours, on standard input) as an SVG.

The command itself is the first argument and becomes the first line.
"""

import html
import re
import sys

CELL, LINE, PAD = 8.4, 19, 18
COLOURS = {"31": "#e5534b", "32": "#57ab5a", "33": "#c69026", "34": "#539bf5", "36": "#39c5cf"}


def spans(line):
    """Pieces of a line with their style."""
    style = {}
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z])", line):
        if part.startswith("\x1b["):
            for code in part[2:-1].split(";") if part.endswith("m") else []:
                if code in ("", "0"):
                    style = {}
                elif code == "1":
                    style = {**style, "font-weight": "bold"}
                elif code == "2":
                    style = {**style, "opacity": "0.6"}
                elif code in COLOURS:
                    style = {**style, "fill": COLOURS[code]}
        elif part:
            yield part, style


def width(text):
    return len(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text))


def main():
    # A carriage return starts a line anew: what stood there before is gone.
    lines = [line.rstrip("\n").split("\r")[-1] for line in sys.stdin]
    lines = [sys.argv[1], ""] + lines
    w = max(map(width, lines)) * CELL + 2 * PAD
    h = len(lines) * LINE + 2 * PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}">')
    print(f'<rect width="{w:.0f}" height="{h:.0f}" rx="8" fill="#1c2128"/>')
    print('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#cdd9e5">')
    for i, line in enumerate(lines):
        y, column = PAD + (i + 0.75) * LINE, 0
        for text, style in spans(line):
            attributes = "".join(f' {k}="{v}"' for k, v in style.items())
            x, length = PAD + column * CELL, len(text) * CELL
            print(
                f'<text x="{x:.1f}" y="{y:.1f}" xml:space="preserve" textLength="{length:.1f}"{attributes}>'
                f"{html.escape(text)}</text>"
            )
            column += len(text)
    print("</g>\n</svg>")


main()
