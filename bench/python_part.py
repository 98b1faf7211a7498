"""The part `python` of the benchmark: the package against the command, pyarrow, Sail and peers.

Interpreters: `VERDANCY_PYTHON` has the wheel (release), pandas, polars, pyarrow, pysail, pyspark-client; `VERDANCY_SDV`
has SDV 2, `VERDANCY_MOSTLY` mostlyai-engine and mostlyai-qa. Without a peer its lines are left out.
"""

import json
import os
import statistics
import subprocess
import time

from measure import judge, run, split

OURS = os.environ.get("VERDANCY_PYTHON", "python3")
SDV = os.environ.get("VERDANCY_SDV")
MOSTLY = os.environ.get("VERDANCY_MOSTLY")

IMPORT = "import time; t = time.perf_counter(); import verdancy; print(time.perf_counter() - t)"

WHOLE = """
import json, sys, time
import pandas as pd
import verdancy as vd
path, target, seed, out = sys.argv[1:5]
df = pd.read_csv(path)
began = time.perf_counter()
said = dict(zip(("time", "event"), target.split(","))) if "," in target else dict(target=target)
run = vd.synthesize(df, seed=int(seed), progress=False, **said)
rows = run.synthetic
seconds = time.perf_counter() - began
run.rows.write(out)
print(json.dumps(dict(seconds=seconds, verdict=run.verdict)))
"""

HAND_OVER = """
import json, resource, time
import numpy as np, pandas as pd, polars as pl, pyarrow as pa
from verdancy._frames import take
rng = np.random.default_rng(0)
n = 1_000_000
columns = {f"f{i}": rng.normal(size=n) for i in range(8)}
columns |= {f"i{i}": rng.integers(0, 1000, n) for i in range(8)}
columns |= {f"c{i}": rng.choice(["red", "green", "blue"], n) for i in range(4)}
table = pa.table(columns)
frames = dict(pyarrow=table, polars=pl.from_arrow(table), pandas=table.to_pandas())
out = []
for name, frame in frames.items():
    theirs = dict(pyarrow=lambda: pa.Table.from_batches(frame.to_batches()).combine_chunks(), polars=lambda: frame.to_arrow(),
                  pandas=lambda: pa.Table.from_pandas(frame))[name]
    ours, base = [], []
    for _ in range(5):
        t = time.perf_counter(); theirs(); base.append(time.perf_counter() - t)
        t = time.perf_counter(); kept = take(frame); ours.append(time.perf_counter() - t)
        del kept
    out.append(dict(frame=name, ours=sorted(ours)[2], theirs=sorted(base)[2], bytes=table.nbytes))
print(json.dumps(out))
"""

SAIL = """
import json, sys, time
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession
from verdancy.spark import VerdancySource
model, rows, out = sys.argv[1:4]
server = SparkConnectServer(port=0); server.start(background=True)
spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
spark.dataSource.register(VerdancySource)
began = time.perf_counter()
(spark.read.format("verdancy").option("model", model).option("rows", rows).option("seed", 7).option("partitions", 16)
    .load().write.parquet(out))
print(json.dumps(dict(seconds=time.perf_counter() - began)))
spark.stop(); server.stop()
"""

SDV_WHOLE = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
path, out = sys.argv[1:3]
df = pd.read_csv(path)
began = time.perf_counter()
from sdv.single_table import GaussianCopulaSynthesizer
from sdv.metadata import Metadata
metadata = Metadata.detect_from_dataframes({"t": df})
if metadata.tables["t"].primary_key: metadata.remove_primary_key("t")
made = GaussianCopulaSynthesizer(metadata); made.fit({"t": df}); rows = made.sample(len(df))
rows = rows["t"] if isinstance(rows, dict) else rows
from sdmetrics.reports.single_table import QualityReport
report = QualityReport(); about = metadata.to_dict()["tables"]["t"]
try:
    report.generate(df, rows, about, verbose=False)
except Exception:
    pass
print(json.dumps(dict(seconds=time.perf_counter() - began)))
rows.to_csv(out, index=False)
"""


MOSTLY_WHOLE = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
path, out = sys.argv[1:3]
df = pd.read_csv(path)
began = time.perf_counter()
from mostlyai.engine import TabularARGN, set_random_state
set_random_state(1)
made = TabularARGN(verbose=0); made.fit(X=df); rows = made.sample(n_samples=len(df))
rows.to_csv(out, index=False)
from mostlyai import qa
qa.report(syn_tgt_data=rows, trn_tgt_data=df, statistics_path=out + "-stats", report_path=out + ".html")
print(json.dumps(dict(seconds=time.perf_counter() - began)))
"""


def mostly(place, keep, names):
    """MOSTLY AI's engine with its quality report, one run for each table."""
    work = place.work / "python"
    work.mkdir(parents=True, exist_ok=True)
    for name in names:
        train, test = split(place, name, 0.8)
        one, cost = last([MOSTLY, "-c", MOSTLY_WHOLE, train, work / f"{name}-mostly.csv"])
        keep(what="mostly", table=name, seconds=one["seconds"], wall=cost["wall"], mb=cost["mb"],
             judge=judge(name, train, test, work / f"{name}-mostly.csv"))


def last(command, env=None):
    """The last line of a program's output, as JSON, with its peak memory in MB."""
    row = {}
    began = time.perf_counter()
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *map(str, command)], capture_output=True, text=True, env={**os.environ, **(env or {})})
    row["wall"] = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    row["mb"] = int(done.stderr.strip().splitlines()[-1]) / 1024
    return json.loads(done.stdout.strip().splitlines()[-1]), row


def python(place):
    """Everything of this part, stored after each line."""
    rows = []

    def keep(**row):
        print(row, flush=True)
        rows.append(row)
        place.store("python", rows)

    taken = [float(subprocess.run([OURS, "-c", IMPORT], capture_output=True, text=True).stdout) for _ in range(11)]
    keep(what="import", seconds=statistics.median(taken))
    work = place.work / "python"
    work.mkdir(parents=True, exist_ok=True)
    for name, target in (("gbsg2", "time,cens"), ("adult", "income")):
        train, test = split(place, name, 0.8)
        ours, command, sdv = [], [], []
        for seed in range(5 if name == "gbsg2" else 1):
            one, cost = last([OURS, "-c", WHOLE, train, target, seed, work / f"{name}.csv"])
            ours.append((one["seconds"], cost["wall"], cost["mb"], one["verdict"]))
            said = ["--time", "time", "--event", "cens"] if "," in target else ["--target", target]
            command.append(run([place.binary, "synth", train, *said, "--seed", seed, "--quiet", "--force", "-o", work / f"{name}-out"]))
            if SDV:
                one, cost = last([SDV, "-c", SDV_WHOLE, train, work / f"{name}-sdv.csv"])
                sdv.append((one["seconds"], cost["wall"], cost["mb"]))
        middle = lambda v: statistics.median(v)
        keep(what="whole", table=name, ours=middle([o[0] for o in ours]), wall=middle([o[1] for o in ours]), mb=max(o[2] for o in ours),
             command=middle([c["seconds"] for c in command]), verdicts=[o[3] for o in ours],
             judge=judge(name, train, test, work / f"{name}.csv"),
             same=(work / f"{name}.csv").read_bytes() == (work / f"{name}-out" / "synthetic.csv").read_bytes())
        if sdv:
            keep(what="sdv", table=name, seconds=middle([s[0] for s in sdv]), wall=middle([s[1] for s in sdv]), mb=max(s[2] for s in sdv),
                 judge=judge(name, train, test, work / f"{name}-sdv.csv"))
    if MOSTLY:
        mostly(place, keep, ["gbsg2", "adult"])
    found, _ = last([OURS, "-c", HAND_OVER])
    for line in found:
        keep(what="hand_over", **line)
    model = work / "gbsg2-out" / "model"
    for count in (100_000_000,):
        out = work / "rows.parquet"
        command = run([place.binary, "sample", model, "--rows", count, "--seed", 7, "--quiet", "-o", out])
        subprocess.run(["rm", "-rf", work / "sail"])
        one, cost = last([OURS, "-c", SAIL, model, count, work / "sail"], dict(PYSPARK_PYTHON=OURS, PATH=f"{os.path.dirname(OURS)}:{os.environ['PATH']}"))
        keep(what="sail", rows=count, command=command["seconds"], sail=one["seconds"], mb=cost["mb"], command_mb=command["mb"])
        subprocess.run(["rm", "-rf", work / "sail", out])
