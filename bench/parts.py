"""The parts of the benchmark: what is run on which tables. Each stores its rows as it goes."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from given_part import given
from measure import DATA, ROOT, attack, card, figures, judge, run, split, tables, task, verdict
from methods_part import methods
from peers_part import peers
from python_part import python
from reading_part import reading
from relations_part import relations

SMALL = [
    "heart_cleveland",
    "pima_diabetes",
    "breast_cancer_wisconsin",
    "gbsg2",
    "lung",
    "rossi",
    "chronic_kidney_disease",
]
LARGE = ["adult", "credit_default", "online_shoppers", "magic", "beijing_pm25"]
SEEDS = 10
JUDGED_SEEDS = 5
SPLITS = 5


def synth(place, name, share, seed, *more):
    """One whole command on one table, and the outside judge on what it wrote."""
    train, test = split(place, name, share)
    out = place.work / name / f"out-{seed}"
    shutil.rmtree(out, ignore_errors=True)
    about = card(name)
    command = [place.binary, "synth", train, "--holdout", test, "--seed", seed, "--quiet", "--force", "-o", out, *more]
    command += task(about)
    row = dict(table=name, seed=seed, rows=about["rows"], columns=about["columns"], **run(command), **verdict(out))
    written = out / "synthetic.csv"
    row["judge"] = judge(name, train, test, written) if written.exists() else dict(failed=["nothing written"])
    show(row)
    return row


def show(row):
    """One line while it runs."""
    j = row["judge"]
    figures = "" if "failed" in j else (
        f" shape {j['shape_err_pct']:.2f} trend {j.get('trend_err_pct', float('nan')):.2f}"
        f" membership {j['privacy']['mia_auc']:.3f} copy {j['privacy']['copy_excess']:.2f}"
    )
    print(
        f"{row['table']:26} seed {row['seed']}: exit {row['exit']} {row['verdict']} {row['seconds']:.1f} s"
        f" {row['mb']:.0f} MB{figures} {'; '.join(row['not_green'])}"
    )
    if row["exit"] not in (0, 3):
        print(row["errors"], file=sys.stderr)


def asked(names):
    """These tables, or those of them that `VERDANCY_BENCH_TABLES` names."""
    wanted = os.environ.get("VERDANCY_BENCH_TABLES", "").split()
    return [name for name in names if not wanted or name in wanted]


METHODS = ["gaussian_copula", "cart", "tabddpm"]


def choices(place):
    """What the default command keeps on small tables, against each method alone: is the kept one the best?"""
    rows = []
    for name in asked([n for n in SMALL + ["titanic", "airquality"] if card(n)["rows"] < 2_000]):
        for seed in range(1, 4):
            train, test = split(place, name, 0.8, seed)
            found = {}
            for method in ["auto", *METHODS]:
                out = place.work / name / "choice"
                shutil.rmtree(out, ignore_errors=True)
                command = [place.binary, "synth", train, "--holdout", test, "--seed", seed, "--quiet", "--force", "-o", out,
                           *task(card(name)), *(["--method", method.replace("_", "-"), "--attempts", 1] if method != "auto" else [])]
                run(command)
                written = out / "synthetic.csv"
                j = judge(name, train, test, written) if written.exists() else dict(failed=["nothing written"])
                found[method] = None if "failed" in j else dict(
                    utility=(j.get("tstr") or {}).get("synth"), trend=j.get("trend_err_pct"), copies=j["privacy"]["copy_excess"])
                if method == "auto":
                    found["kept"] = story(out).get("kept")
            rows.append(dict(table=name, seed=seed, **found))
            print(name, seed, {k: v if not isinstance(v, dict) else (v["utility"], v["trend"]) for k, v in found.items()}, flush=True)
            place.store("choices", rows)


def closed_loop(place):
    """The default command on whole tables: how many attempts, and how it ends."""
    names = asked(tables())
    wanted = [(name, seed) for name in names if name in SMALL for seed in range(SEEDS)]
    wanted += [(name, seed) for seed in range(5) for name in names if name not in SMALL]
    rows = []
    learned = place.work / "history.jsonl"
    learned.unlink(missing_ok=True)
    for name, seed in wanted:
        out = place.work / name / f"loop-{seed}"
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        command = [place.binary, "synth", DATA / card(name)["file"], "--seed", seed, "--quiet", "--force", "-o", out]
        row = dict(table=name, seed=seed, **run(command, VERDANCY_HISTORY=str(learned)), **verdict(out), **story(out))
        print(
            f"{name:26} seed {seed}: exit {row['exit']} {row['seconds']:.1f} s {row['mb']:.0f} MB attempts"
            f" {row.get('attempts')} kept {row.get('kept')} {'; '.join(row['not_green'])}", flush=True
        )
        if row["exit"] not in (0, 3):
            print(row["errors"], file=sys.stderr)
        shutil.rmtree(out, ignore_errors=True)
        rows.append(row)
        place.store("loop", rows)


def story(folder):
    """What the record says of the attempts."""
    path = folder / "run.json"
    if not path.exists():
        return {}
    record = json.loads(path.read_text())
    tried = record["attempts"]
    kinds = [a["diagnosis"]["kind"] if a["diagnosis"] else None for a in tried]
    trained = [a for a in tried if a["role"] == "attempt"]
    return dict(
        attempts=len(trained),
        kept=tried[record["kept"]]["config"]["method"],
        kinds=kinds,
        estimates=[(a["estimate_seconds"], a["train_seconds"]) for a in trained],
        checks=[(a["history"][-1]["check_seconds"], a["train_seconds"]) for a in trained if a["history"]],
    )


def recovery(place):
    """The loop on tables under 5,000 rows, begun with far too few passes."""
    rows = []
    for name in asked([n for n in SMALL + tables() if card(n)["rows"] < 5_000]):
        if any(r["table"] == name for r in rows):
            continue
        for seed in range(3):
            out = place.work / name / "recovery"
            shutil.rmtree(out, ignore_errors=True)
            out.parent.mkdir(parents=True, exist_ok=True)
            command = [place.binary, "synth", DATA / card(name)["file"], "--n-iter", 20, "--seed", seed, "--quiet", "--force", "-o", out]
            command += task(card(name))
            row = dict(table=name, seed=seed, **run(command), **verdict(out), **story(out))
            print(f"{name:26} seed {seed}: exit {row['exit']} attempts {row.get('attempts')} {'; '.join(row['not_green'])}", flush=True)
            shutil.rmtree(out, ignore_errors=True)
            rows.append(row)
            place.store("recovery", rows)


def faults(place):
    """Faults planted one at a time, and what the diagnosis says of each: a test that tells what it saw."""
    folder = place.work / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    test = ["cargo", "test", "--workspace", "--test", "faults", "the_diagnosis", "--", "--nocapture"]
    subprocess.run(test, cwd=ROOT, env={**os.environ, "VERDANCY_FIGURES": str(folder.resolve())}, check=True)
    place.store("faults", json.loads((folder / "faults.json").read_text()))


def small(place):
    rows = []
    for name in SMALL:
        for seed in range(1, JUDGED_SEEDS + 1):
            rows.append(synth(place, name, 0.8, seed))
            place.store("small", rows)


def large(place):
    rows = []
    for name in asked(LARGE):
        rows.append(synth(place, name, 0.9, 1, "--mode", "balanced"))
        place.store("large", rows)


def privacy(place):
    """The default command on five splits of each table, attacked from outside; adult has one published split."""
    rows = []
    largest = 20_000
    for name in asked(SMALL + ["adult"] + [n for n in tables() if n not in SMALL + ["adult"]]):
        once = name == "adult" or card(name)["rows"] > largest
        for seed in range(1 if once else SPLITS):
            train, test = split(place, name, 0.8, seed)
            out = place.work / name / f"private-{seed}"
            shutil.rmtree(out, ignore_errors=True)
            command = [place.binary, "synth", train, "--holdout", test, "--seed", seed, "--quiet", "--force", "-o", out]
            row = dict(table=name, seed=seed, **run(command), **verdict(out))
            row["own"] = figures(out, "membership_auc", "membership_tpr", "ks_mean", "trend_error")
            written = out / "synthetic.csv"
            row["attack"] = attack(name, train, test, written) if written.exists() else dict(failed=["nothing written"])
            found = row["attack"]
            strongest = "" if "failed" in found else f"{found['strongest']} {found['auc']:.3f}"
            own = dict(row["own"].get("membership_auc", {}).get("parts") or []).get("strongest.outside")
            print(f"{name:26} split {seed}: {row['verdict']} {row['seconds']:.0f} s  {strongest}  own {own}  {'; '.join(row['not_green'])}", flush=True)
            rows.append(row)
            place.store("privacy", rows)


def all_others(place):
    rows = []
    for name in tables():
        if name not in SMALL + LARGE:
            rows.append(synth(place, name, 0.8, 1))
            place.store("all", rows)


def step(place):
    """Our training step and PyTorch's, taking turns."""
    rows, seconds, rounds = [], 2.0, 3
    other = subprocess.Popen(
        [sys.executable, ROOT / "bench/step_torch.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def torch(width, batch, way):
        other.stdin.write(f"{width} {batch} {seconds} {way}\n")
        other.stdin.flush()
        return json.loads(other.stdout.readline())["microseconds"]

    def ours(width, batch, precision):
        steps = max(40, 500 * 256 // batch)
        said = subprocess.run(
            [str(place.step), precision, str(steps), str(width), str(batch)],
            capture_output=True, text=True, check=True, env={**os.environ, "RAYON_NUM_THREADS": "2"},
        ).stdout
        return json.loads(said.strip().splitlines()[-1])["median_us"]

    for width in (256, 512):
        for batch in (256, 512, 1024, 2048, 4096):
            taken = dict(ours=[], single=[], eager=[], fused=[], bf16=[])
            for _ in range(rounds):
                taken["ours"].append(ours(width, batch, "default"))
                taken["single"].append(ours(width, batch, "single"))
                time.sleep(0.3)
                for way in ("eager", "fused", "bf16"):
                    taken[way].append(torch(width, batch, way))
                time.sleep(0.3)
            row = dict(width=width, batch=batch, **{k: statistics.median(v) for k, v in taken.items()}, all=taken)
            print(f"width {width} batch {batch}: ours {row['ours']:.0f} us, PyTorch {row['eager']:.0f} us")
            rows.append(row)
            place.store("step", rows)
    other.stdin.close()
    other.wait()


def fitted(place, method):
    """A model of adult, fitted with the defaults: (folder, training table)."""
    train, test = split(place, "adult", 0.9)
    out = place.work / "adult" / f"fit-{method}"
    if not (out / "model").exists():
        run([place.binary, "synth", train, "--holdout", test, "--target", "income", "--method", method,
             "--seed", 1, "--quiet", "--force", "-o", out])
    return out / "model"


def sampling(place):
    """Rows per second from a fitted model of adult, as a whole command writing Parquet: the median of three."""
    rows = []
    for method, counts in (("tabddpm", [100_000]), ("gaussian_copula", [1_000_000, 10_000_000])):
        model = fitted(place, method)
        for count in counts:
            out = place.work / "adult" / f"sample-{method}.parquet"
            command = [place.binary, "sample", model, "--rows", count, "--seed", 1, "--quiet", "--force", "-o", out]
            taken = []
            for _ in range(3):
                out.unlink(missing_ok=True)
                taken.append(run(command))
            row = sorted(taken, key=lambda r: (r["exit"] != 0, r["seconds"]))[1]
            row.update(method=method, rows=count, per_second=count / row["seconds"])
            print(f"{method} {count} rows: {row['per_second']:.0f} rows/s, {row['mb']:.0f} MB {row['errors']}")
            rows.append(row)
            place.store("sampling", rows)
            out.unlink(missing_ok=True)


def judging(place):
    """`evaluate` on adult's training part and as many synthetic rows."""
    train, test = split(place, "adult", 0.9)
    synthetic = fitted(place, "gaussian_copula").parent / "synthetic.csv"
    rows = []
    for _ in range(3):
        row = run([place.binary, "evaluate", synthetic, "--train", train, "--holdout", test, "--target", "income",
                   "--quiet"])
        print(f"judging adult: {row['seconds']:.1f} s, {row['mb']:.0f} MB, exit {row['exit']} {row['errors']}")
        rows.append(row)
        place.store("judge", rows)


PARTS = dict(loop=closed_loop, choices=choices, recovery=recovery, faults=faults, small=small, privacy=privacy, large=large, all=all_others, step=step, sampling=sampling, judge=judging, given=given, relations=relations, reading=reading, methods=methods, peers=peers, python=python)
