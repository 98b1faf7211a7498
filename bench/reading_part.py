"""The part `reading` of the benchmark: tables from text to columns with their meaning, beside earlier releases and other readers."""

import gzip
import os
import statistics
import subprocess
import sys

from measure import DATA, run

INFERRED = ["adult", "diabetes_130_hospitals"]
ROUNDS = 5
# A table that is read in seconds, repeated until it is so many bytes.
LARGE, BYTES = "adult", 1_000_000_000
PEERS = dict(
    polars="import polars, time, sys; t = time.perf_counter(); f = polars.read_csv(sys.argv[1], null_values='?'); print(time.perf_counter() - t, f.estimated_size())",
    duckdb="import duckdb, time, sys; duckdb.sql('set threads = 2'); duckdb.sql('set enable_progress_bar = false'); t = time.perf_counter(); f = duckdb.sql(f\"select * from read_csv('{sys.argv[1]}')\").fetch_arrow_table(); "
    "print(time.perf_counter() - t, f.nbytes)",
)


def plain(place, name):
    """A table as a plain file: unpacking is not what is measured."""
    file = place.work / f"{name}.csv"
    packed = DATA / f"{name}.csv.gz"
    file.write_bytes(gzip.decompress(packed.read_bytes()) if packed.exists() else (DATA / f"{name}.csv").read_bytes())
    return file


def reader(place):
    """The example that reads tables."""
    return place.target / "release" / "examples" / "reading"


def median(program, file, times):
    """Median seconds of so many readings in one process."""
    said = subprocess.run([program, file, str(times)], capture_output=True, text=True, check=True).stdout
    return statistics.median(float(line.split()[0]) for line in said.splitlines())


def inferred(place):
    """Reading with inference, beside an earlier release's (`VERDANCY_BEFORE` names its example)."""
    before = os.environ.get("VERDANCY_BEFORE")
    for name in INFERRED:
        rounds, file = [], plain(place, name)
        for _ in range(ROUNDS):
            now = median(reader(place), file, 5)
            then = median(before, file, 5) if before else None
            rounds.append((now, then))
        now = statistics.median(r[0] for r in rounds)
        ratio = statistics.median(r[0] / r[1] for r in rounds) if before else None
        yield dict(what="inferred", table=name, seconds=now, ratio=ratio)


def repeated(place):
    """A file of BYTES bytes."""
    file = place.work / "large.csv"
    if not file.exists() or file.stat().st_size < BYTES:
        header, _, body = plain(place, LARGE).read_bytes().partition(b"\n")
        with open(file, "wb") as out:
            out.write(header + b"\n")
            while out.tell() < BYTES:
                out.write(body)
    return file


def measured(command, log):
    """Seconds and bytes that a reader says, and its peak memory."""
    took = run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", log, *command])
    said = log.read_text().split() if took["exit"] == 0 else [float("nan")] * 2
    return dict(seconds=float(said[0]), table_mb=float(said[1]) / 1e6, mb=took["mb"], errors=took["errors"])


def large(place):
    """A large file, by us and by the others in turn."""
    file, log = repeated(place), place.work / "reading.txt"
    found = {}
    for _ in range(3):
        found.setdefault("verdancy", []).append(measured([reader(place), file, 1], log))
        for name, program in PEERS.items():
            found.setdefault(name, []).append(measured([sys.executable, "-c", program, file], log))
    for name, rounds in found.items():
        middle = sorted(rounds, key=lambda r: r["seconds"])[1]
        yield dict(what="large", reader=name, bytes=file.stat().st_size, **middle)
    file.unlink()


def reading(place):
    """Both, stored as they go."""
    rows = []
    for row in (r for part in (inferred, large) for r in part(place)):
        rows.append(row)
        print({k: v for k, v in row.items() if k != "what"}, flush=True)
        place.store("reading", rows)


def rendered(rows):
    """Both as tables."""
    held = lambda value, most, digits: f"{value:.{digits}f} (<= {most})" if value <= most else f"**{value:.{digits}f} (<= {most}): not met**"
    out = ["| table | seconds of reading and inference | beside release b1ee84b |", "|---|---|---|"]
    out += [f"| {r['table']} | {r['seconds']:.3f} | {held(r['ratio'], 1.3, 2) if r['ratio'] else '–'} |" for r in rows if r["what"] == "inferred"]
    out += ["", "| reader | seconds | MB/s | beside ours | peak MB | of its table in memory |", "|---|---|---|---|---|---|"]
    many = [r for r in rows if r["what"] == "large"]
    for r in many:
        rate, ours = r["bytes"] / 1e6 / r["seconds"], r["reader"] == "verdancy"
        share = r["mb"] * 1.048576 / r["table_mb"]
        speed = f"{rate:.0f}" + ((" (>= 150)" if rate >= 150 else " **(>= 150): not met**") if ours else "")
        beside = "" if ours else f"{r['seconds'] / many[0]['seconds']:.2f}"
        out.append(f"| {r['reader']} | {r['seconds']:.2f} | {speed} | {beside} | {r['mb']:.0f} | {held(share, 1.5, 2) if ours else f'{share:.2f}'} |")
    return out
