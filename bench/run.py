"""Runs the parts of the benchmark that were asked for (all when none were) and writes docs/benchmarks.md."""

import argparse

from measure import DATA, JUDGE, ROOT, Place
from parts import PARTS
from render import page


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--target", default=ROOT / "target", help="cargo's target folder")
    ask.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)} or render")
    asked = ask.parse_args()
    place = Place(asked.target)
    unknown = set(asked.parts) - set(PARTS) - {"render"}
    if unknown:
        ask.error(f"no such part: {', '.join(sorted(unknown))}")
    wanted = asked.parts or list(PARTS)
    if wanted != ["render"] and not ((JUDGE / "judge.py").exists() and DATA.exists()):
        ask.error("VERDANCY_DATA or VERDANCY_JUDGE names no folder of tables or no judge")
    for name in wanted:
        if name in PARTS:
            print(f"== {name}", flush=True)
            PARTS[name](place)
    written = ROOT / "docs" / "benchmarks.md"
    written.parent.mkdir(exist_ok=True)
    before = written.read_text() if written.exists() else ""
    written.write_text(page(place, before))
    print("docs/benchmarks.md written")


if __name__ == "__main__":
    main()
