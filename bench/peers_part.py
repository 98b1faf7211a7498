"""The part `peers` of the benchmark: networks beside the packages that people know, on adult, one after the other.

`VERDANCY_CTGAN` and `VERDANCY_MOSTLY` name the interpreters that have `ctgan` and `mostlyai-engine`; what is not named is left out.
"""

import os
import shutil
import textwrap


from measure import card, judge, run, split, task, verdict

TABLE = "adult"
CTGAN = textwrap.dedent("""
    import sys, pandas as pd, torch, ctgan
    torch.set_num_threads(2); torch.manual_seed(1)
    train = pd.read_csv(sys.argv[1], keep_default_na=False)
    discrete = [c for c in train if not pd.api.types.is_numeric_dtype(train[c])]
    model = getattr(ctgan, sys.argv[3])()
    model.fit(train, discrete)
    model.sample(len(train)).to_csv(sys.argv[2], index=False)
""")
MOSTLY = textwrap.dedent("""
    import sys, pandas as pd
    from mostlyai.engine import TabularARGN, set_random_state
    set_random_state(1)
    train = pd.read_csv(sys.argv[1], keep_default_na=False)
    model = TabularARGN(verbose=0)
    model.fit(train)
    model.sample(n_samples=len(train))[train.columns].to_csv(sys.argv[2], index=False)
""")
PEERS = [
    ("tvae", "VERDANCY_CTGAN", CTGAN, ["TVAE"], "`ctgan` 300 epochs"),
    ("ctgan", "VERDANCY_CTGAN", CTGAN, ["CTGAN"], "`ctgan` 300 epochs"),
    ("autoregressive", "VERDANCY_MOSTLY", MOSTLY, [], "`mostlyai-engine`"),
]


def peers(place):
    """Ours and theirs in turn, each a whole process; stored as they go."""
    train, test = split(place, TABLE, 0.9, 1)
    rows = []
    for method, interpreter, program, more, name in PEERS:
        python = os.environ.get(interpreter)
        if not python:
            continue
        out = place.work / TABLE / f"peer-{method}"
        shutil.rmtree(out, ignore_errors=True)
        ours = run([place.binary, "synth", train, "--holdout", test, "--seed", 1, "--quiet", "--force", "-o", out,
                    "--method", method, "--attempts", 1, *task(card(TABLE))])
        ours.update(verdict(out))
        if (out / "synthetic.csv").exists():
            ours["judge"] = judge(TABLE, train, test, out / "synthetic.csv")
        file = place.work / TABLE / f"peer-{method}.csv"
        theirs = run([python, "-c", program, train, file, *more])
        if file.exists():
            theirs["judge"] = judge(TABLE, train, test, file)
            file.unlink()
        rows.append(dict(method=method, peer=name, ours=ours, theirs=theirs))
        for who in ("ours", "theirs"):
            r = rows[-1][who]
            j = r.get("judge") or {}
            print(method, who, f"{r['seconds']:.0f} s ({r['cpu']:.0f})", j.get("shape_err_pct"), j.get("trend_err_pct"), j.get("c2st_auc"), r["errors"][-200:] if "judge" not in r else "", flush=True)
        place.store("peers", rows)


def rendered(rows):
    """Each pair of lines."""
    number = lambda x, digits=2: "–" if x is None else f"{x:.{digits}f}"
    out = ["| method | whose | seconds (of processor) | shape error % | trend error % | TSTR | C2ST | copy excess | ours is faster by |", "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        faster = r["theirs"]["seconds"] / r["ours"]["seconds"]
        for who, name in (("ours", "verdancy"), ("theirs", r["peer"])):
            j = r[who].get("judge") or {}
            if not j or "failed" in j:
                out.append(f"| {r['method']} | {name} | **failed** | | | | | | |")
                continue
            told = "" if who == "ours" else (f"{faster:.1f}" + ("" if r["method"] == "autoregressive" else (" (>= 5)" if faster >= 5 else " **(>= 5): not met**")))
            out.append("| " + " | ".join([
                r["method"], name, f"{r[who]['seconds']:.0f} ({r[who]['cpu']:.0f})", number(j.get("shape_err_pct")), number(j.get("trend_err_pct")),
                number((j.get("tstr") or {}).get("synth"), 3), number(j.get("c2st_auc")), number((j.get("privacy") or {}).get("copy_excess")), told]) + " |")
    return out
