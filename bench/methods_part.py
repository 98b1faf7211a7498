"""The part `methods` of the benchmark: each method alone, judged and attacked from outside."""

import os
import shutil

from measure import attack, card, judge, run, split, task, verdict, version

METHODS = ["gaussian-copula", "cart", "arf", "autoregressive", "tabddpm", "tvae", "ctgan"]
JUDGED = ["adult", "magic"]
ATTACKED = ["heart_cleveland", "pima_diabetes", "breast_cancer_wisconsin", "gbsg2", "rossi"]


def alone(place, name, method, share, seed, judged):
    """One attempt of one method, and what the outside judges say of its rows."""
    train, test = split(place, name, share, seed)
    out = place.work / name / f"method-{method}-{seed}"
    shutil.rmtree(out, ignore_errors=True)
    took = run([place.binary, "synth", train, "--holdout", test, "--seed", seed, "--quiet", "--force", "-o", out,
                "--method", method, "--attempts", 1, *task(card(name))])
    written = out / "synthetic.csv"
    row = dict(table=name, method=method, seed=seed, judged=judged, **took, **verdict(out))
    if not written.exists():
        return dict(row, failed=took["errors"])
    row["attack"] = attack(name, train, test, written)
    if judged:
        row["judge"] = judge(name, train, test, written)
    shutil.rmtree(out, ignore_errors=True)
    return row


def methods(place):
    """All methods on large tables (judged and attacked, 90/10) and on small ones (attacked, two 80/20 splits)."""
    wanted = os.environ.get("VERDANCY_BENCH_METHODS", "").split() or METHODS
    earlier = place.stored("methods") or dict(rows=[])
    # What is not run again keeps its figures, and says which build they are of.
    rows = [dict(dict(build=earlier.get("version")), **r) for r in earlier["rows"] if r["method"] not in wanted]
    build = version(place.binary)
    plan = [(n, m, 0.9, 1, True) for n in JUDGED for m in wanted]
    plan += [(n, m, 0.8, s, False) for n in ATTACKED for s in (1, 2) for m in wanted]
    for name, method, share, seed, judged in plan:
        row = dict(alone(place, name, method, share, seed, judged), build=build)
        rows.append(row)
        print(name, method, seed, f"{row['seconds']:.1f} s", (row.get("judge") or {}).get("c2st_auc"), (row.get("attack") or {}).get("auc"), flush=True)
        place.store("methods", rows)


MEASURES = [
    ("shape error", lambda r: r["judge"].get("shape_err_pct"), min, 2),
    ("trend error", lambda r: r["judge"].get("trend_err_pct"), min, 2),
    ("TSTR", lambda r: (r["judge"].get("tstr") or {}).get("synth"), max, 3),
    ("C2ST against train", lambda r: r["judge"].get("c2st_auc"), min, 2),
    ("AUC of the strongest attack", lambda r: r["attack"].get("auc"), min, 3),
    ("seconds", lambda r: r["seconds"], min, 0),
]


def best(rows):
    """Which method is best at what, table by table."""
    out = ["| table | " + " | ".join(f"best {name}" for name, *_ in MEASURES) + " |", "|---" * (len(MEASURES) + 1) + "|"]
    whole = [r for r in rows if r["judged"] and "failed" not in r and "failed" not in r.get("judge", {"failed": 1})]
    for table in dict.fromkeys(r["table"] for r in whole):
        cells = []
        for _, value, which, digits in MEASURES:
            found = [(value(r), r["method"]) for r in whole if r["table"] == table and value(r) is not None]
            first = which(found, key=lambda pair: pair[0])
            cells.append(f"{first[1]} {first[0]:.{digits}f}")
        out.append("| " + " | ".join([table, *cells]) + " |")
    return out


def rendered(rows):
    """What each method costs and is worth, and the strongest attack on it."""
    number = lambda x, digits=2: "–" if x is None else f"{x:.{digits}f}"
    out = ["| table | method | seconds (of processor) | shape error % | trend error % | TSTR, real | C2ST against train / test | copy excess | strongest attack |", "|---|---|---|---|---|---|---|---|---|"]
    builds = list(dict.fromkeys(r.get("build") for r in rows))
    newest = builds[-1]
    for r in sorted((r for r in rows if r["judged"]), key=lambda r: (JUDGED.index(r["table"]), METHODS.index(r["method"]))):
        name = r["method"] + ("" if r.get("build") == newest else "*")
        j, a = r.get("judge") or {}, r.get("attack") or {}
        if "failed" in r or "failed" in j:
            out.append(f"| {r['table']} | {name} | **failed** | | | | | | |")
            continue
        tstr, private = j.get("tstr") or {}, j.get("privacy") or {}
        out.append("| " + " | ".join([
            r["table"], name, f"{r['seconds']:.0f} ({r['cpu']:.0f})", number(j.get("shape_err_pct")), number(j.get("trend_err_pct")),
            f"{number(tstr.get('synth'), 3)}, {number(tstr.get('real'), 3)}", f"{number(j.get('c2st_auc'))} / {number(j.get('c2st_vs_test'))}",
            number(private.get("copy_excess")), number(a.get("auc"), 3)]) + " |")
    out += ["", *best(rows)]
    if builds[:-1]:
        out += ["", f"\\* measured before: {', '.join(builds[:-1])}."]
    out += ["", "| method | strongest attack on small tables, mean | worst split | found at 1 %, % |", "|---|---|---|---|"]
    small = [r for r in rows if not r["judged"] and "auc" in (r.get("attack") or {})]
    for method in dict.fromkeys(r["method"] for r in small):
        own = [r["attack"] for r in small if r["method"] == method]
        mean = sum(a["auc"] for a in own) / len(own)
        held = f"{mean:.3f} (<= 0.55)" if mean <= 0.55 else f"**{mean:.3f} (<= 0.55): not met**"
        found = [a["attacks"][a["strongest"]]["tpr_at_1pct"] for a in own]
        share = f"{100 * sum(found) / len(found):.1f}"
        out.append(f"| {method} | {held} | {max(a['auc'] for a in own):.3f} | {share} |")
    return out
