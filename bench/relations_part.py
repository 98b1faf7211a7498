"""The part `relations` of the benchmark: what finding rules takes, what keeping them costs, and what trees still see."""

import json
import shutil

from measure import card, judge, run, split, task

SOUGHT = [("nycflights", 2.0), ("diabetes_130_hospitals", 4.0)]
KEPT = ["adult", "credit_default", "online_shoppers", "magic", "beijing_pm25"]
SEEN = [("nycflights", 0.20), ("titanic", 0.10)]
# Titanic's replaced columns: no synthetic value is a real one, so that trees see nothing else.
REPLACED = {"titanic": ["ticket", "cabin", "home_dest"]}


def synth(place, name, label, *more):
    """A whole command on a 90/10 split; its folder and record."""
    train, test = split(place, name, 0.9, 1)
    out = place.work / name / f"relations-{label}"
    shutil.rmtree(out, ignore_errors=True)
    took = run([place.binary, "synth", train, "--holdout", test, "--seed", 1, "--quiet", "--force", "-o", out, *task(card(name)), *more])
    record = out / "run.json"
    return train, test, out, took, json.loads(record.read_text()) if record.exists() else {}


def discovery(place):
    """Seconds of looking for rules, within a whole run."""
    for name, most in SOUGHT:
        *_, took, record = synth(place, name, "sought", "--method", "cart", "--attempts", 1)
        seconds = dict(record.get("seconds", [])).get("infer")
        rules = [r["rule"] for r in record.get("relations", [])]
        yield dict(what="sought", table=name, seconds=seconds, most=most, rules=len(rules), whole=took["seconds"])


def cost(place):
    """Shape and trend errors of CART with the rules kept and without looking for them."""
    for name in KEPT:
        row = dict(what="kept", table=name)
        for way in ("keep", "off"):
            train, test, out, took, record = synth(place, name, way, "--method", "cart", "--attempts", 1, "--relations", way)
            written = out / "synthetic.csv"
            j = judge(name, train, test, written) if written.exists() else dict(failed=took["errors"])
            row[way] = None if "failed" in j else dict(shape=j["shape_err_pct"], trend=j.get("trend_err_pct"))
            if way == "keep":
                row["rules"], row["broken"] = len(record.get("relations", [])), sum(r["rows"] > 0 for r in record.get("relations", []))
        yield row


def seen(place):
    """C2ST of the default command's rows, less that of real rows."""
    for name, most in SEEN:
        train, test, out, took, record = synth(place, name, "seen")
        written = out / "synthetic.csv"
        files = [train, test, written]
        if name in REPLACED and written.exists():
            files = [without(REPLACED[name], file, place.work / name / f"bare-{at}.csv") for at, file in enumerate(files)]
        j = judge(name, *files) if written.exists() else dict(failed=took["errors"])
        yield dict(what="seen", table=name, most=most, c2st=j.get("c2st_auc"), floor=j.get("c2st_floor"),
                   broken=sum(r["rows"] > 0 for r in record.get("relations", [])), rules=len(record.get("relations", [])))


def without(columns, file, copy):
    """A copy of a table without these columns."""
    # Not above: a child's peak memory begins with that of the process that starts it.
    import pandas as pd

    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    frame.drop(columns=[c for c in columns if c in frame]).to_csv(copy, index=False)
    return copy


def relations(place):
    """All three, stored as they go."""
    rows = []
    for row in (r for part in (discovery, cost, seen) for r in part(place)):
        rows.append(row)
        print({k: v for k, v in row.items() if k != "what"}, flush=True)
        place.store("relations", rows)


def rendered(rows):
    """All three as tables."""
    held = lambda value, most, digits: "–" if value is None else (
        f"{value:.{digits}f} (<= {most})" if value <= most else f"**{value:.{digits}f} (<= {most}): not met**")
    out = ["| table | rules | seconds of looking for them |", "|---|---|---|"]
    out += [f"| {r['table']} | {r['rules']} | {held(r['seconds'], r['most'], 2)} |" for r in rows if r["what"] == "sought"]
    out += ["", "| table | rules kept / broken | shape error %: kept / off | ratio | trend error %: kept / off | ratio |", "|---|---|---|---|---|---|"]
    for r in (r for r in rows if r["what"] == "kept"):
        if not (r.get("keep") and r.get("off")):
            out.append(f"| {r['table']} | **failed** | | | | |")
            continue
        cells = []
        for what in ("shape", "trend"):
            a, b = r["keep"][what], r["off"][what]
            cells += [f"{a:.2f} / {b:.2f}", held(a / b if b else 1.0, 1.05, 2)]
        out.append(f"| {r['table']} | {r['rules']} / {r['broken']} | " + " | ".join(cells) + " |")
    out += ["", "| table | rules / broken | C2ST, floor | C2ST less the floor |", "|---|---|---|---|"]
    for r in (r for r in rows if r["what"] == "seen"):
        known = r["c2st"] is not None and r["floor"] is not None
        # Trees that do worse than by guessing say nothing.
        apart = r["c2st"] - max(r["floor"], 0.5) if known else None
        both = f"{r['c2st']:.3f}, {r['floor']:.3f}" if known else "**failed**"
        out.append(f"| {r['table']} | {r['rules']} / {r['broken']} | {both} | {held(apart, r['most'], 3)} |")
    return out
