"""Turns stored figures into docs/benchmarks.md: each figure beside its bar."""

import statistics

from given_part import rendered as given_rendered
from methods_part import rendered as methods_rendered
from peers_part import rendered as peers_rendered
from reading_part import rendered as reading_rendered
from relations_part import rendered as relations_rendered
from parts import JUDGED_SEEDS, LARGE, SMALL

# Runs after which the time estimate has learned from this machine.
LEARNED = 10
# Bars of the large tables: shape error %, trend error %, TSTR, nearer-to-train share, seconds.
BARS = {
    "adult": (0.65, 1.65, 0.905, None, 150),
    "credit_default": (1.57, 1.58, None, 0.55, 150),
    "online_shoppers": (1.10, 1.60, None, 0.55, 150),
    "magic": (0.87, 0.89, None, 0.55, 150),
    "beijing_pm25": (0.76, 2.77, None, 0.55, 150),
}

ABOUT = dict(
    choices="""What the default command keeps on tables under 2,000 rows, against each method alone (one attempt, same rows and seed; 80/20, three
splits), judged from outside on the test rows. Regret: how much better the best of the three would have been, in utility (AUC, concordance or R2)
and in trend error (points); mean over the splits. A method whose rows copy more than 1 % counts for nothing.""",
    loop="""The default `verdancy synth TABLE --seed S`, standard profile, nothing else said; each seed divides the rows anew. Bars:
green on 9 of 10 seeds; the whole command in 10 s (heart_cleveland 4 s) and 300 MB on small tables. Attempts are
those of TabDDPM, after the copula's first answer. Time: worst / median. Estimates: share of trainings whose estimate, made before,
was within 30 % of what they took; the bar is 80 %.""",
    recovery="""The loop begun with `--n-iter 20`, far too few, three seeds each (parameters by hand leave the copula's answer out). Bar: green in
at most three attempts.""",
    faults="""One thing broken at a time in an otherwise ordinary run of one method on a generated table, and what the first attempt's
diagnosis calls it; an error where nothing could be kept. Bar: 9 of 10 named rightly.""",
    small="""Five seeds each: `verdancy synth TRAIN --holdout TEST --seed S`, with `--target` (survival tables: `--time` and
`--event`), on the judge's 80/20 split, which is the same for all seeds. Bars: the outside judge's membership AUC at most .60 and copy excess at
most .35. Worst of the seeds / median.""",
    privacy="""The default command, `verdancy synth TRAIN --holdout TEST --seed S`, on five 80/20 splits of each table (one of adult and of tables over
20,000 rows), and the membership attacks of an outside judge on what it wrote. Bars: strongest attack's AUC at most .55 in the mean over the tables, .57 for
any table's mean, .60 on any split with 100 test rows; share of training rows found at 1 % false alarms at most 3 % in the mean; the strongest of
our own attacks of the same five kinds within .03 of the outside judge's, validation rows taken for members as there (the gate is cross-fitted
and has more attacks); KS mean within what a fresh real sample scores.""",
    large="""Balanced mode, whole command with judging and report. adult on its published split, the others 90/10. Each
figure with its bar in brackets, or the floor (real test rows against training rows) where it says floor.""",
    all="Every other table, default settings, 80/20. Bar: completes, keeps the schema, is judged, under 2,000 MB.",
    step="""One optimiser step (forward, loss, backward, clipping, AdamW, moving average) of a residual network of three
blocks on 40 inputs, 2 threads, median of three rounds in turns. Bar: 3 times PyTorch eager. *Ours* is the default: the large products take factors in
bf16 where the processor has instructions for that, as here, and f32 elsewhere. PyTorch eager computes in f32; the column after the ratio
uses its fused AdamW, the next one that and autocast to bf16. The last column counts only the
operations of the blocks' products, so it tells how much of the processor's rate the whole step uses; that rate is twice as high in bf16 as in f32.""",
    sampling="""A model of adult, `verdancy sample` to Parquet as a whole command, loading included, median of three. Bars: 4,000 rows/s
TabDDPM, 1,000,000 rows/s copula, and ten million rows in flat memory.""",
    python="""The package beside the command, pyarrow, Sail and SDV, each with the same rows, in turns; medians of five seeds on gbsg2, one on adult. SDV:
import, metadata, fit, sample, quality report. Hand-over: a frame to the engine's cells, beside the frame to pyarrow; median of five. Needs `VERDANCY_PYTHON`
and `VERDANCY_SDV`, see `bench/python_part.py`.""",
    given="""Rows around given cells: a model of half of a table draws the rest of held-out rows of which three columns, drawn by chance, are given;
C2ST by boosted trees (three folds) of these rows against the real ones, beside that of the model's own rows. Bar: 0.02 more. Missing cells: 30 % of the
cells of 4,000 rows, filled by `verdancy impute --mean` and by MissForest (100 trees, four rounds, scikit-learn); errors in standard deviations. The
90 % interval is that between the least and the greatest of 19 draws: of 20 values of one distribution, one is neither the least nor the greatest with probability 18/20 (of
equal values, every order is as likely). The Wasserstein distance is that of drawn from real numbers, mean of 20 draws, beside miceforest's.""",
    reading="""Text files to columns with their meaning (kinds, formats, personal data, keys), in this process; medians of interleaved rounds. The large file is
adult repeated to 1 GB. polars and DuckDB only find types: beside them stands what knowing the meaning costs. Bars: 1.3 times release b1ee84b; 150 MB/s
on two cores in 1.5 times the memory of the table.""",
    relations="""Rules between columns: seconds of looking for them within a whole run (nycflights 40,000, diabetes_130_hospitals 91,589 training rows); what
keeping them costs CART, beside `--relations off` (bar: 5 % more); and how well boosted trees tell the default command's rows from training rows,
less how well they tell held-out rows. The judge leaves out titanic's ticket, cabin and home_dest, whose values are replaced.""",
    methods="""Each method alone, one attempt, defaults of balanced mode. Large tables 90/10; small tables two 80/20 splits, attacked only. Bar: strongest attack .55 in
the mean. Seconds are those of the whole command, judging included; those of the processor, in brackets, hardly depend on what else the machine
does. `VERDANCY_BENCH_METHODS` names the methods that are run.""",
    peers="""Networks on adult (90/10), ours and the package's in turn, each one whole process with reading and writing; ours also judges its rows and writes
a report. Packages have their defaults. Bars: five times as fast as `ctgan`; shape and trend not worse.""",
    judge="`verdancy evaluate` on adult: 32,561 real, 16,281 held-out and 32,561 synthetic rows. Bar: 20 s.",
)
TITLES = dict(
    loop="The default command",
    choices="What is kept",
    recovery="Recovery from too few passes",
    faults="Planted faults",
    small="Small tables, judged from outside",
    privacy="Attacked from outside",
    large="Large tables",
    all="Every other table",
    step="The training step",
    sampling="Sampling",
    judge="Judging",
    given="Given cells and missing cells",
    reading="Reading",
    relations="Rules between columns",
    methods="Methods, each alone",
    peers="Networks beside other packages",
    python="From Python",
)


def page(place, before=""):
    """The whole page, from whatever parts have been measured here; of the others, what the page said `before`."""
    kept = sections(before)
    out = [
        "# Benchmarks\n",
        "Written by `cargo xtask bench` ([how](../bench/README.md)); no figure here is typed by hand. Fidelity and privacy",
        "figures are those of an outside judge in Python, run on the written files; *floor* is what real held-out rows",
        "score against the training rows. A bar that is not met says so.\n",
    ]
    for part, title in TITLES.items():
        out.append(f"## {title}\n")
        out.append(ABOUT[part] + "\n")
        stored = place.stored(part)
        if stored is None:
            out.append(kept.get(title, f"Not measured yet: `cargo xtask bench {part}`.\n"))
            continue
        out.append(f"{stored['version']}, {stored['machine']}, {stored['made']}.\n")
        text = RENDER[part](stored["rows"])
        if part == "loop":
            text = with_earlier(text, kept.get(title, ""), {r["table"] for r in stored["rows"]})
            text.append("\n" + overall(text, stored["rows"]))
        out += text + [""]
    return "\n".join(out)


def sections(page):
    """The figures that a page has under each title, with the line that says when they were measured."""
    found = {}
    for text in page.split("\n## ")[1:]:
        title, _, body = text.partition("\n")
        at = body.find("\nverdancy ")
        if at >= 0:
            found[title.strip()] = body[at + 1 :].rstrip("\n") + "\n"
    return found


def with_earlier(text, before, now):
    """The lines of tables that were measured before and not `now`, marked, below those that were."""
    when, _, rest = before.partition("\n")
    end = max(i for i, line in enumerate(text) if line.startswith("|")) + 1
    older = []
    for line in rest.split("\n"):
        name = line.strip("| ").split(" ")[0].rstrip("*")
        if line.startswith("| ") and name not in {"table", *now}:
            older.append(line if f"{name}* |" in line else line.replace(f"| {name} |", f"| {name}* |", 1))
    marks = [line for line in rest.split("\n") if line.startswith("\\* ")]
    if older:
        marks = [marks[-1] if marks else f"\\* measured before: {when.rstrip('.')}."]
    return text[:end] + older + text[end:] + ([""] + marks if older else [])


def overall(text, rows):
    """Green runs of all tables, and of those that could be: where the median seed's real held-out rows keep every limit."""
    usual = {}
    for name in {r["table"] for r in rows}:
        over = [bool(r.get("floors_over")) for r in rows if r["table"] == name]
        usual[name] = 2 * sum(over) < len(over)
    green, runs, usable, of = 0, 0, 0, 0
    for line in text:
        cells = [c.strip() for c in line.split("|")[1:-1]]
        if len(cells) < 3 or " of " not in cells[1]:
            continue
        kept, tried = (int(n) for n in cells[1].replace("**", "").split(":")[0].split(" of "))
        green, runs = green + kept, runs + tried
        if usual.get(cells[0].rstrip("*"), True):
            usable, of = usable + kept, of + tried
    without = ", ".join(sorted(name for name, fits in usual.items() if not fits)) or "none"
    share = bar(100 * usable / of, 95, 0, least=True)
    return (
        f"Green at the end: {green} of {runs} runs. Of the tables with a usable floor {usable} of {of}; in %: {share}. No usable"
        f" floor (on half of the seeds or more, real held-out rows are themselves over the limit of some gate): {without}."
    )


def lines(head, rows):
    """A table."""
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + [
        "| " + " | ".join(str(c) for c in row) + " |" for row in rows
    ]


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def bar(value, limit, digits=2, least=False):
    """A figure, its bar, and whether it is met."""
    if value is None or limit is None:
        return number(value, digits)
    met = value >= limit if least else value <= limit
    text = f"{value:.{digits}f} ({'>=' if least else '<='} {limit:g})"
    return text if met else f"**{text}: not met**"


def judged(row, *path):
    """A figure of the outside judge, or None."""
    value = row["judge"]
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def closed_loop(rows):
    out = []
    for name in dict.fromkeys(r["table"] for r in rows):
        runs = [r for r in rows if r["table"] == name]
        green = sum(r["exit"] == 0 for r in runs)
        said = f"{green} of {len(runs)}"
        if name in SMALL and green < round(0.9 * len(runs)):
            said = f"**{said}: not met**"
        limit = None if name not in SMALL else 4 if name == "heart_cleveland" else 10
        kept = [r.get("kept") for r in runs]
        out.append([
            name,
            said,
            sum(r.get("attempts", 9) <= 1 and r["exit"] == 0 for r in runs),
            f"{bar(max(r['seconds'] for r in runs), limit, 1)} / {statistics.median(r['seconds'] for r in runs):.1f}",
            bar(max(r["mb"] for r in runs), 300 if name in SMALL else None, 0),
            " / ".join(str(kept.count(m)) for m in ("tabddpm", "cart", "gaussian_copula")),
            ", ".join(sorted({g for r in runs for g in r["not_green"]})) or "none",
        ])
    text = lines(
        ["table", "green", "of these with one TabDDPM training or none", "seconds", "MB", "kept: TabDDPM / CART / copula", "gates not green on some seed"],
        out,
    )
    looked = [(c, t) for r in rows for c, t in r.get("checks", []) if t > 0]
    if looked:
        share = 100 * sum(c for c, _ in looked) / sum(t for _, t in looked)
        most = 100 * max(c / t for c, t in looked)
        text.append(f"\nShare of the training time, in %, that went into looking at the model on the way: {bar(share, 15, 1)}; of one training {most:.1f} at most.")
    estimates = [e / t for r in rows[LEARNED:] for e, t in r.get("estimates", []) if t > 0]
    if estimates:
        close = sum(abs(e - 1) <= 0.3 for e in estimates)
        share = bar(100 * close / len(estimates), 80, 0, least=True)
        text.append(f"\nEstimates within 30 % after the first {LEARNED} runs: {close} of {len(estimates)}; in %: {share}.")
    return text


def planted(rows):
    out = []
    for r in rows:
        said = r["diagnosed"].replace("_", " ") if "cause" in r else f"`{r['diagnosed']}`"
        end = f"{r['end'].replace('_', ' ')}, attempt {r['kept']} of {r['attempts']}" if "end" in r else "nothing kept"
        out.append([r["method"], r["planted"], said, "yes" if r["right"] else "**no**", r.get("cause", "-"), end])
    right = sum(r["right"] for r in rows)
    text = lines(["method", "planted", "diagnosis", "right", "root cause given", "attempt kept at the end"], out)
    share = bar(100 * right / len(rows), 90, 0, least=True)
    return [*text, f"\n{right} of {len(rows)} named rightly; in %: {share}."]


def recovered(rows):
    out = []
    for name in dict.fromkeys(r["table"] for r in rows):
        runs = [r for r in rows if r["table"] == name]
        green = sum(r["exit"] == 0 and r.get("attempts", 9) <= 3 for r in runs)
        said = f"{green} of {len(runs)}"
        out.append([
            name,
            said if green == len(runs) else f"**{said}: not met**",
            ", ".join(str(r.get("attempts")) for r in runs),
            ", ".join(sorted({g for r in runs for g in r["not_green"]})) or "none",
        ])
    return lines(["table", "green in at most 3 attempts", "attempts", "gates not green on some seed"], out)


def small(rows):
    out = []
    for name in SMALL:
        runs = [r for r in rows if r["table"] == name]
        if not runs:
            continue
        def worst(limit, digits, *path):
            values = [judged(r, *path) for r in runs]
            values = [v for v in values if v is not None]
            if len(values) < len(runs):
                return "**judge failed**"
            return f"{bar(max(values), limit, digits)} / {number(statistics.median(values), digits)}"

        out.append([
            name,
            f"{sum(r['exit'] == 0 for r in runs)} of {len(runs)}",
            worst(0.60, 3, "privacy", "mia_auc"),
            worst(0.35, 2, "privacy", "copy_excess"),
            f"{worst(None, 3, 'ks_mean')} (floor {number(judged(runs[0], 'ks_floor'), 3)})",
            f"{worst(None, 3, 'corr_delta')} (floor {number(judged(runs[0], 'corr_floor'), 3)})",
            ", ".join(sorted({g for r in runs for g in r["not_green"]})) or "none",
        ])
    text = lines(
        ["table", "own verdict green", "membership AUC", "copy excess", "KS mean", "correlation delta", "gates not green on some seed"],
        out,
    )
    if any(len([r for r in rows if r["table"] == n]) < JUDGED_SEEDS for n in SMALL):
        text.append("\nIncomplete: not all tables or seeds have been run.")
    return text


def fidelity(row):
    """Columns that the large tables and the others share."""
    tstr = judged(row, "tstr") or {}
    return [
        number(judged(row, "ks_mean"), 3),
        f"{number(judged(row, 'c2st_auc'))} ({number(judged(row, 'c2st_vs_test'))} against test)",
        f"{number(judged(row, 'privacy', 'mia_auc'), 3)}",
        number(judged(row, "privacy", "copy_excess")),
        f"{row['verdict']}" + (f": {', '.join(row['not_green'])}" if row["not_green"] else ""),
    ], tstr


def large(rows):
    out = []
    for row in sorted(rows, key=lambda r: LARGE.index(r["table"])):
        shape, trend, utility, nearer, seconds = BARS[row["table"]]
        shared, tstr = fidelity(row)
        out.append([
            row["table"],
            bar(row["seconds"], seconds, 0),
            number(row["mb"], 0),
            f"{bar(judged(row, 'shape_err_pct'), shape)}, floor {number(judged(row, 'shape_floor_pct'))}",
            f"{bar(judged(row, 'trend_err_pct'), trend)}, floor {number(judged(row, 'trend_floor_pct'))}",
            f"{tstr.get('kind', '')} {bar(tstr.get('synth'), utility, 3, least=True)}, real {number(tstr.get('real'), 3)}",
            bar(judged(row, "privacy", "dcr_share"), nearer, 3),
            *shared,
        ])
    return lines(
        ["table", "seconds", "MB", "shape error %", "trend error %", "TSTR", "nearer-to-train", "KS mean",
         "C2ST boosted trees", "membership AUC", "copy excess", "verdict"],
        out,
    )


def attacked(rows):
    out, means, rates = [], [], []
    for name in dict.fromkeys(r["table"] for r in rows):
        runs = [r for r in rows if r["table"] == name and "failed" not in r["attack"]]
        if not runs:
            out.append([name, "**failed**"] + ["-"] * 7)
            continue
        aucs = [r["attack"]["auc"] for r in runs]
        tprs = [r["attack"]["attacks"][r["attack"]["strongest"]]["tpr_at_1pct"] for r in runs]
        # The greatest over the attacks on the same rows, as the outside judge's is; the gate's figure is chosen on other rows.
        own = [dict(r["own"].get("membership_auc", {}).get("parts") or []).get("strongest.outside") for r in runs]
        apart = [abs(o - a) for o, a in zip(own, aucs) if o is not None]
        ks = [r["own"].get("ks_mean", {}) for r in runs]
        over = sum(1 for k in ks if k.get("value") is not None and k.get("floor_interval") and k["value"] > k["floor_interval"][1])
        known = [k["value"] for k in ks if k.get("value") is not None]
        means.append(statistics.mean(aucs))
        rates.append(statistics.mean(tprs))
        out.append([
            name, len(runs), bar(statistics.mean(aucs), 0.57, 3), bar(max(aucs), 0.60, 3),
            ", ".join(sorted({r["attack"]["strongest"] for r in runs})), number(100 * statistics.mean(tprs), 1),
            bar(max(apart), 0.03, 3) if apart else "-",
            f"{number(statistics.mean(known), 3)}, {over} over" if known else "-",
            f"{sum(r['verdict'] == 'green' for r in runs)} of {len(runs)}",
        ])
    text = lines(
        ["table", "splits", "strongest AUC, mean", "worst split", "attack", "found at 1 %, %", "own strongest AUC apart by at most",
         "KS mean, and runs over a fresh sample's interval", "green"],
        out,
    )
    if means:
        text.append(f"\nMean over the tables: AUC {bar(statistics.mean(means), 0.55, 3)}, found at 1 % false alarms {bar(100 * statistics.mean(rates), 3, 1)} %.")
    return text


def others(rows):
    out = []
    for row in rows:
        shared, tstr = fidelity(row)
        wrong = judged(row, "missing_columns") or []
        held = "yes" if row["exit"] in (0, 3) and not wrong else f"**no** (exit {row['exit']})"
        odd = len(judged(row, "out_of_range") or {}), len(judged(row, "new_levels") or {})
        out.append([
            row["table"],
            f"{row['rows']} x {row['columns']}",
            held,
            f"{odd[0]} / {odd[1]}",
            number(row["seconds"], 0),
            bar(row["mb"], 2000, 0),
            f"{number(judged(row, 'shape_err_pct'))} (floor {number(judged(row, 'shape_floor_pct'))})",
            f"{number(judged(row, 'trend_err_pct'))} (floor {number(judged(row, 'trend_floor_pct'))})",
            f"{tstr.get('kind', '')} {number(tstr.get('synth'), 3)}, real {number(tstr.get('real'), 3)}",
            number(judged(row, "privacy", "dcr_share"), 3),
            *shared,
        ])
    return lines(
        ["table", "rows x columns", "completed", "columns with values out of range / new levels", "seconds", "MB", "shape error %",
         "trend error %", "TSTR", "nearer-to-train", "KS mean", "C2ST boosted trees", "membership AUC", "copy excess", "verdict"],
        out,
    )


def rate(row, who):
    """GFLOP/s of the products with the three blocks' matrices (w x 2w and 2w x w), forward and backward."""
    return 6 * row["batch"] * 3 * 4 * row["width"] ** 2 / row[who] / 1e3


def step(rows):
    return lines(
        ["width", "batch", "ours, us", "PyTorch eager, us", "times faster", "PyTorch, fused AdamW, us", "PyTorch, autocast bf16, us",
         "ours in f32, us", "GFLOP/s: ours / ours in f32 / PyTorch eager / autocast"],
        [
            [r["width"], r["batch"], f"{r['ours']:.0f}", f"{r['eager']:.0f}", bar(r["eager"] / r["ours"], 3, 1, least=True),
             f"{r['fused']:.0f}", f"{r['bf16']:.0f}", f"{r['single']:.0f}",
             " / ".join(f"{rate(r, who):.0f}" for who in ("ours", "single", "eager", "bf16"))]
            for r in rows
        ],
    )


def sampling(rows):
    need = dict(tabddpm=4_000, gaussian_copula=1_000_000)
    return lines(
        ["method", "rows", "seconds", "rows/s", "MB"],
        [
            [r["method"], f"{r['rows']:,}", number(r["seconds"], 1), bar(r["per_second"], need[r["method"]], 0, least=True),
             number(r["mb"], 0)]
            if r["exit"] == 0
            else [r["method"], f"{r['rows']:,}", f"**failed, exit {r['exit']}**", "-", "-"]
            for r in rows
        ],
    )


def judging(rows):
    times = [r["seconds"] for r in rows]
    failed = [r["exit"] for r in rows if r["exit"] not in (0, 3)]
    said = f"**failed, exit {failed[0]}**" if failed else bar(statistics.median(times), 20, 1)
    return lines(
        ["runs", "seconds, median", "slowest", "MB"],
        [[len(rows), said, number(max(times), 1), number(max(r["mb"] for r in rows), 0)]],
    )


def python(rows):
    of = lambda what: [r for r in rows if r["what"] == what]
    out = [["`import verdancy`", bar(1e3 * r["seconds"], 60, 0) + " ms", "", "bar 60 ms"] for r in of("import")]
    for r in of("whole"):
        j = r["judge"]
        out.append([f"`vd.synthesize(df)`, {r['table']}", f"{r['ours']:.2f} s ({r['mb']:.0f} MB)", f"the command: {r['command']:.2f} s",
                    f"ratio {bar(r['ours'] / r['command'], 1.05)}; same bytes: {'yes' if r['same'] else '**no**'}; {' '.join(sorted(set(r['verdicts'])))}; "
                    f"shape {number(j.get('shape_err_pct'))} %, trend {number(j.get('trend_err_pct'))} %"])
    for r in of("sdv"):
        j = r["judge"]
        out.append([f"SDV 2 copula and quality report, {r['table']}", f"{r['seconds']:.2f} s ({r['mb']:.0f} MB)", "",
                    f"shape {number(j.get('shape_err_pct'))} %, trend {number(j.get('trend_err_pct'))} %"])
    for r in of("mostly"):
        j = r["judge"]
        out.append([f"mostlyai-engine and mostlyai-qa, {r['table']}", f"{r['seconds']:.1f} s ({r['mb']:.0f} MB)", "",
                    f"shape {number(j.get('shape_err_pct'))} %, trend {number(j.get('trend_err_pct'))} %"])
    for r in of("hand_over"):
        ratio = f"ratio {bar(r['ours'] / r['theirs'], 1.5)}" if r["theirs"] > 1e-3 else "nothing to be converted there"
        out.append([f"hand-over of 1,000,000 x 20 from {r['frame']}", f"{r['ours']:.2f} s", f"to pyarrow: {r['theirs']:.2f} s", ratio])
    for r in of("sail"):
        out.append([f"Sail, {r['rows']:,} rows, 16 partitions", f"{r['sail']:.1f} s ({r['mb']:.0f} MB)", f"the command: {r['command']:.1f} s ({r['command_mb']:.0f} MB)",
                    f"share of its rate {bar(r['command'] / r['sail'], 0.85, least=True)}"])
    return lines(["what", "ours", "beside it", "notes"], out)


def chosen(rows):
    """Regret of what was kept, by table."""
    out = ["| table | kept | utility kept / best | regret | trend error kept / best | regret |", "|---|---|---|---|---|---|"]
    regrets = []
    for name in dict.fromkeys(r["table"] for r in rows):
        mine = [r for r in rows if r["table"] == name and r["auto"]]
        cells = []
        for what, best in (("utility", max), ("trend", min)):
            pairs = []
            for r in mine:
                tried = [r[m] for m in ("gaussian_copula", "cart", "tabddpm") if r.get(m) and r[m]["copies"] <= 1.0] + [r["auto"]]
                values = [t[what] for t in tried if t[what] is not None]
                if values and r["auto"][what] is not None:
                    pairs.append((r["auto"][what], best(values)))
            if not pairs:
                cells += ["–", "–"]
                continue
            kept, top = (sum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
            digits = 3 if what == "utility" else 2
            cells += [f"{kept:.{digits}f} / {top:.{digits}f}", f"{abs(top - kept):.{digits}f}"]
            regrets.append((what, abs(top - kept)))
        kinds = ", ".join(sorted({str(r.get("kept")) for r in mine}))
        out.append(f"| {name} | {kinds} | " + " | ".join(cells) + " |")
    mean = lambda what: sum(v for w, v in regrets if w == what) / max(1, sum(w == what for w, _ in regrets))
    out += ["", f"Mean regret: utility {mean('utility'):.3f}, trend error {mean('trend'):.2f} points."]
    return out


RENDER = dict(loop=closed_loop, choices=chosen, recovery=recovered, faults=planted, small=small, privacy=attacked, large=large, all=others, step=step, sampling=sampling, judge=judging, given=given_rendered, relations=relations_rendered, reading=reading_rendered, methods=methods_rendered, peers=peers_rendered, python=python)
