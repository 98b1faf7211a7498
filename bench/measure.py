"""Processes with their wall time and peak memory; real tables, their split and their judge."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("VERDANCY_DATA", ROOT / "../shared/data")).resolve()
JUDGE = Path(os.environ.get("VERDANCY_JUDGE", DATA / "../judge")).resolve()


class Place:
    """Where the binaries are and where results go."""

    def __init__(self, target):
        self.target = Path(target)
        self.binary = self.target / "release" / "verdancy"
        self.step = self.target / "release" / "examples" / "training_step"
        self.results = self.target / "bench"
        self.work = self.results / "work"
        self.work.mkdir(parents=True, exist_ok=True)

    def store(self, part, rows):
        """Keeps the figures of a part."""
        body = dict(machine=machine(), version=version(self.binary), made=time.strftime("%Y-%m-%d"), rows=rows)
        (self.results / f"{part}.json").write_text(json.dumps(body, indent=1))

    def stored(self, part):
        """The figures of a part, or None."""
        path = self.results / f"{part}.json"
        return json.loads(path.read_text()) if path.exists() else None


def run(command, **env):
    """Runs `command`; returns its exit code, wall seconds, peak megabytes and the end of its errors."""
    began = time.perf_counter()
    with open(os.devnull, "wb") as null:
        child = subprocess.Popen(
            [str(c) for c in command], stdout=null, stderr=subprocess.PIPE, env={**os.environ, **env}
        )
        errors = child.stderr.read().decode(errors="replace")
        # wait4 gives the peak memory of this one child, unlike getrusage(RUSAGE_CHILDREN).
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return dict(
        exit=child.returncode,
        seconds=time.perf_counter() - began,
        cpu=usage.ru_utime + usage.ru_stime,
        mb=usage.ru_maxrss / 1024,
        errors=errors[-600:],
    )


def tables():
    """All tables with a card."""
    return sorted(p.stem for p in DATA.glob("*.json"))


def card(name):
    """What is known about a table."""
    return json.loads((DATA / f"{name}.json").read_text())


def task(about):
    """What a user would say of the table: what is to be predicted."""
    if about.get("task") == "survival":
        return ["--time", about["time_column"], "--event", about["event_column"]]
    return ["--target", about["target"]] if about.get("target") else []


def split(place, name, share, seed=0):
    """The judge's own split of a table: (train, test)."""
    folder = place.work / name / f"split-{share}-{seed}"
    if not (folder / "test.csv").exists():
        source = DATA / card(name)["file"]
        command = [sys.executable, JUDGE / "split.py", source, folder, str(share), str(seed)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "train.csv", folder / "test.csv"


def judge(name, train, test, synthetic):
    """The outside judge's figures, or what it said when it failed. Columns without a single training value are left
    out: its boosted trees cannot bin them, on real rows either."""
    empty = empty_columns(train)
    if empty:
        with tempfile.TemporaryDirectory() as folder:
            copies = [without(empty, file, Path(folder) / f"{at}.csv") for at, file in enumerate((train, test, synthetic))]
            return judged(name, *copies)
    return judged(name, train, test, synthetic)


def empty_columns(file):
    """Names of the columns of a CSV file in which no row has a value."""
    with open(file, newline="") as text:
        rows = csv.reader(text)
        names = next(rows)
        empty = set(range(len(names)))
        for row in rows:
            empty -= {at for at in empty if row[at] != ""}
            if not empty:
                break
    return {names[at] for at in empty}


def without(columns, file, copy):
    """A copy of a CSV file without these columns."""
    with open(file, newline="") as text, open(copy, "w", newline="") as out:
        rows = csv.DictReader(text)
        written = csv.DictWriter(out, [n for n in rows.fieldnames if n not in columns], extrasaction="ignore")
        written.writeheader()
        written.writerows(rows)
    return copy


def judged(name, train, test, synthetic):
    command = [sys.executable, JUDGE / "judge.py", train, test, synthetic, "--meta", DATA / f"{name}.json"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        return dict(failed=done.stderr.strip().splitlines()[-1:] or ["no message"])
    return json.loads(done.stdout)


def attack(name, train, test, synthetic):
    """The outside membership attacks: AUC, standard error and share found at 1 % false alarms of each."""
    command = [sys.executable, JUDGE / "attack.py", train, test, synthetic, "--meta", DATA / f"{name}.json"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        return dict(failed=done.stderr.strip().splitlines()[-1:] or ["no message"])
    return json.loads(done.stdout)


def figures(folder, *ids):
    """Figures of the product's own report: value, interval of a fresh real sample, further figures."""
    path = folder / "report.json"
    if not path.exists():
        return {}
    scores = json.loads(path.read_text())["judgement"]["scores"]
    keep = ("value", "floor_interval", "parts", "note")
    return {s["id"]: {k: s.get(k) for k in keep} for s in scores if s["id"] in ids}


def verdict(folder):
    """The product's own verdict and the gates that are not green."""
    path = folder / "report.json"
    if not path.exists():
        return dict(verdict=None, not_green=[])
    found = find(json.loads(path.read_text()), "gates")
    if found is None:
        return dict(verdict=None, not_green=[])
    shown = ("green", "not_applicable")
    return dict(
        verdict=found.get("verdict"),
        not_green=[f"{g['id']} {g['status']}" for g in found["gates"] if g["status"] not in shown],
        floors_over=[g["id"] for g in found["gates"] if floor_is_over(g)],
    )


def floor_is_over(gate):
    """True when real held-out rows themselves are over the gate's limit."""
    floor, limit = gate["floor"], gate["limit"]
    if floor is None or gate["status"] == "not_applicable":
        return False
    return floor < limit if gate["at_least"] else floor > limit


def find(value, key):
    """The first object inside `value` that has `key`."""
    if isinstance(value, dict):
        if key in value:
            return value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            found = find(inner, key)
            if found is not None:
                return found
    return None


def machine():
    """What the figures depend on, and nothing that names the machine."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    vector = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{os.cpu_count()} cores, {os.uname().machine}, {vector}"


def version(binary):
    """What the binary calls itself, and the commit."""
    said = subprocess.run([str(binary), "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT
    ).stdout.strip()
    return f"{said} ({commit})"
