#!/usr/bin/env python3
"""generate.py [--check]: writes python/verdancy/_methods.py, one class for each method, from the engine's parameter table.

Needs the installed extension. `--check` only says whether the file is as it would be written.
"""
import json
import sys
from pathlib import Path

from verdancy import _native

HERE = Path(__file__).parent
NAMES = {
    "tabddpm": "TabDDPM",
    "gaussian_copula": "GaussianCopula",
    "cart": "CART",
    "arf": "ARF",
    "tvae": "TVAE",
    "ctgan": "CTGAN",
    "autoregressive": "Autoregressive",
}
COMMON = [
    ("target", "str | None", "None", "The column to be predicted."),
    ("subject", "str | None", "None", 'The column that says whose row a row is, or ``"none"``; found by default.'),
    ("time", "str | None", "None", "Survival tables: follow-up times."),
    ("event", "str | None", "None", "Survival tables: the column that tells events from censored rows."),
    ("schema", "Any", "None", "What columns mean, over what is inferred."),
    ("metadata", "Any", "None", "SDV metadata, version 1 or 2."),
    ("mode", "str", '"balanced"', "The budget: ``speed``, ``balanced`` or ``quality``."),
    ("protect", "int | None", "None", "People who have to share a value; 10 by default, 0 protects nothing."),
    ("relations", "str | None", "None", "Rules between columns: ``keep`` (the default), ``report`` or ``off``."),
    ("validation", "float | None", "None", "Share of rows that choices are made on; 0.1 by default."),
    ("time_limit", "float | str | None", "None", 'Bound on the fit: seconds, or ``"10m"``.'),
    ("memory_limit", "int | str | None", "None", 'Bound on its memory: bytes, or ``"2G"``.'),
    ("na", "Any", "None", 'Cells that mean "missing", besides empty ones.'),
    ("missing_codes", "str | None", "None", 'Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.'),
    ("text", "str | None", "None", "What becomes of names and free text: ``fake``, ``drop`` or ``error``."),
    ("threads", "int | None", "None", "Threads; all cores by default. Results do not depend on it."),
    ("random_state", "Any", "0", "The same seed gives the same rows."),
    ("progress", "Any", "None", "As in :func:`verdancy.synthesize`."),
]


def written():
    out = [
        '"""One class for each method. Written by generate.py from the engine\'s parameter table."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "from ._model import Synthesizer",
    ]
    for method in json.loads(_native.methods()):
        own = [(p["name"], "Any", "None", f"{p['about']} {p['range'][0].upper() + p['range'][1:]}; {p['default']} by default.") for p in method["parameters"]]
        every = own + COMMON
        out += ["", "", f"class {NAMES[method['name']]}(Synthesizer):", f'    """{method["title"]}.', "", "    Parameters", "    ----------"]
        for name, kind, default, about in every:
            out += [f"    {name} : {kind.replace(' | None', ', optional').replace('Any', 'optional')}", f"        {about}"]
        out += ['    """', "", f'    _method = "{method["name"]}"', "", "    def __init__(", "        self,", "        *,"]
        out += [f"        {name}: {kind} = {default}," for name, kind, default, _ in every]
        out += ["    ) -> None:"] + [f"        self.{name} = {name}" for name, *_ in every]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    file = HERE / "python" / "verdancy" / "_methods.py"
    if "--check" in sys.argv:
        sys.exit(0 if file.read_text() == written() else "_methods.py is stale: run generate.py")
    file.write_text(written())
