#!/usr/bin/env python3
"""api.py [--check]: writes docs/python-api.md from the docstrings of the package.

Needs the installed package. `--check` only says whether the file is as it would be written.
"""
import inspect
import sys
from pathlib import Path

import verdancy

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python-api.md"


def signature(name, thing):
    """The name with its arguments, one to a line when they are many."""
    if inspect.isclass(thing) and not inspect.isfunction(thing.__init__):
        return name  # What Python makes of it differs from version to version.
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    parts = [str(p.replace(annotation=p.empty)) for p in found.parameters.values() if p.name != "self"]
    star = next((i for i, p in enumerate(found.parameters.values()) if p.kind is p.KEYWORD_ONLY), None)
    if star is not None and not any(p.kind is p.VAR_POSITIONAL for p in found.parameters.values()):
        parts.insert(star - ("self" in found.parameters), "*")
    flat = f"{name}({', '.join(parts)})"
    return flat if len(flat) <= 100 else name + "(\n" + "".join(f"    {p},\n" for p in parts) + ")"


def described(thing):
    return inspect.getdoc(thing) or ""


def block(title, name, thing):
    return [f"{title} {name}", "", "```python", signature(name, thing), "```", "", "```text", described(thing), "```", ""]


def members(kind):
    """The public methods and properties that a class documents itself or inherits from one of ours."""
    for name, value in inspect.getmembers(kind):
        home = next((c for c in kind.__mro__ if name in vars(c)), object)
        if not name.startswith("_") and home.__module__.startswith("verdancy") and described(value):
            yield name, value


def written():
    out = ["# The Python package", "", "Made from the docstrings; do not edit (`bindings/python/api.py` rewrites it). "
           "[python.md](python.md) tells how it is used.", ""]
    things = {name: getattr(verdancy, name) for name in verdancy.__all__ if name != "__version__"}
    groups = [
        ("Functions", [n for n, t in things.items() if inspect.isfunction(t)]),
        ("Methods", ["Synthesizer", "Auto", "TabDDPM", "GaussianCopula", "CART", "ARF", "TVAE", "CTGAN", "Autoregressive"]),
        ("Classes", None),
        ("Errors", [n for n, t in things.items() if inspect.isclass(t) and issubclass(t, Exception)]),
    ]
    named = {n for _, names in groups for n in names or []}
    for title, names in groups:
        out += [f"## {title}", ""]
        for name in names or [n for n in things if n not in named]:
            out += block("###", name, things[name])
            if not inspect.isclass(things[name]) or title == "Errors":
                continue
            if title == "Methods" and name != "Synthesizer":
                continue
            for member, value in members(things[name]):
                if isinstance(value, property):
                    out += [f"#### {name}.{member}", "", "```text", described(value), "```", ""]
                else:
                    out += block("####", f"{name}.{member}", value)
    return "\n".join(out).rstrip() + "\n"


if __name__ == "__main__":
    text = written()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit(f"{PAGE.name} is not fresh: run bindings/python/api.py")
    else:
        PAGE.write_text(text, encoding="utf-8")
