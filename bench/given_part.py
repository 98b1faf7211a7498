"""The part `given` of the benchmark: rows around given cells, and missing cells, each beside a classic."""

import shutil
import time

from measure import run, split

CONDITIONS = [("magic", "cart"), ("online_shoppers", "cart"), ("adult", "cart"), ("adult", "gaussian-copula")]
GAPS = ["adult", "online_shoppers", "magic"]
ROWS = 4_000
MISSING = 0.3
DRAWS = 20


def libraries():
    """Brings in what only this part needs: a child's peak memory begins with that of the process that starts it."""
    global np, pd, HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor, roc_auc_score, cross_val_predict, wasserstein_distance
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict
    from scipy.stats import wasserstein_distance


def levels(frame, like):
    """Texts as their rank by frequency in `like`, one code for all others."""
    out = frame.copy()
    for c in out:
        if like[c].dtype.kind not in "fi":
            ranks = {v: i for i, v in enumerate(like[c].astype(str).value_counts().index)}
            out[c] = frame[c].astype(str).map(ranks).fillna(-1)
    return out


def told_apart(real, other):
    """C2ST by boosted trees, three folds."""
    n = min(len(real), len(other))
    both = pd.concat([levels(real.head(n), real), levels(other.head(n), real)], ignore_index=True)
    which = np.r_[np.zeros(n), np.ones(n)]
    learner = HistGradientBoostingClassifier(max_iter=100, random_state=0)
    found = cross_val_predict(learner, both, which, cv=3, method="predict_proba")[:, 1]
    return float(roc_auc_score(which, found))


def conditions(place):
    """Three columns of held-out rows are given, drawn three times; all others are drawn."""
    for name, method in CONDITIONS:
        train, test = split(place, name, 0.5)
        real = pd.read_csv(test)
        model, out, given = (place.work / name / n for n in ("given-model", "given.csv", "seeds.csv"))
        shutil.rmtree(model, ignore_errors=True)
        run([place.binary, "fit", train, "--method", method, "--quiet", "--force", "-o", model])
        free = run([place.binary, "sample", model, "--rows", len(real), "--quiet", "-o", out])
        unconditional = told_apart(real, pd.read_csv(out))
        drawn = pd.read_csv(out)
        for seed in range(3):
            # Levels that the model does not draw cannot be given: such rows are left out.
            names = list(np.random.default_rng(seed).choice(real.columns, 3, replace=False))
            known = real
            for c in names:
                if real[c].dtype.kind not in "fi":
                    known = known[known[c].isin(set(drawn[c].dropna()))]
            known = known.reset_index(drop=True)
            known[names].to_csv(given, index=False)
            took = run([place.binary, "sample", model, "--given", given, "--quiet", "-o", out])
            if took["exit"] != 0:
                yield dict(what="given", table=name, method=method, columns=names, failed=took["errors"])
                continue
            found = pd.read_csv(out)
            same = all(bool((found[c] == known[c]).all()) for c in names)
            yield dict(what="given", table=name, method=method, columns=names, kept=same, c2st=told_apart(known, found),
                       unconditional=unconditional, seconds=took["seconds"], free_seconds=free["seconds"])


def forest(frame, rounds=4):
    """MissForest (Stekhoven and Bühlmann 2012): forests of 100 trees, column after column, `rounds` times."""
    gap = frame.isna()
    numbers = [c for c in frame if frame[c].dtype.kind in "fi"]
    codes = {c: sorted(frame[c].dropna().unique()) for c in frame if c not in numbers}
    x = pd.DataFrame({c: frame[c] if c in numbers else frame[c].map({v: i for i, v in enumerate(codes[c])}) for c in frame})
    x = x.astype(float)
    for c in x:
        x.loc[gap[c], c] = x[c].mean() if c in numbers else x[c].mode()[0]
    for _ in range(rounds):
        for c in gap.sum().sort_values().index:
            kind = RandomForestRegressor if c in numbers else RandomForestClassifier
            learner = kind(100, n_jobs=-1, random_state=0).fit(x.loc[~gap[c]].drop(columns=c), x.loc[~gap[c], c])
            x.loc[gap[c], c] = learner.predict(x.loc[gap[c]].drop(columns=c))
    for c, known in codes.items():
        x[c] = [known[int(round(v))] for v in x[c]]
    return x


def errors(real, filled, gap):
    """Mean absolute error of numbers, in standard deviations, and share of wrong levels, over the gaps."""
    off, wrong = [], []
    for at, c in enumerate(real):
        own = gap[:, at]
        if real[c].dtype.kind in "fi":
            off.append((filled[c][own].astype(float) - real[c][own]).abs().mean() / (real[c].std() or 1.0))
        else:
            wrong.append((filled[c][own].astype(str) != real[c][own].astype(str)).mean())
    return float(np.mean(off)), float(np.mean(wrong)) if wrong else None


def spread(real, filled, gap):
    """Mean Wasserstein distance between drawn and real numbers over the gaps, in standard deviations."""
    numbers = [(at, c) for at, c in enumerate(real) if real[c].dtype.kind in "fi"]
    far = [wasserstein_distance(filled[c][gap[:, at]].astype(float), real[c][gap[:, at]]) / (real[c].std() or 1.0) for at, c in numbers]
    return float(np.mean(far))


def covered(real, draws, gap):
    """Share of the gaps in numbers whose real value lies within the 90 % interval of 19 draws.

    If draws are right, the real value and 19 draws are 20 values of one distribution in random order: it is neither the least nor the
    greatest of them with probability 18/20. Among equal values every rank is as likely.
    """
    inside, cells = 0.0, 0
    for at, c in enumerate(real):
        if real[c].dtype.kind in "fi":
            own = gap[:, at]
            values, is_real = np.array([d[c][own].astype(float) for d in draws[:19]]), real[c][own].to_numpy(float)
            first, ranks = (values < is_real).sum(axis=0), (values == is_real).sum(axis=0) + 1
            last = first + ranks - 1
            inside += float(((np.minimum(last, 18) - np.maximum(first, 1) + 1).clip(0) / ranks).sum())
            cells += int(own.sum())
    return inside / cells


def mice(frame):
    """One draw of miceforest with its defaults, and its seconds. Levels are drawn by their probabilities: its default, the nearest
    odds, fails where a probability is 1."""
    import miceforest

    began = time.perf_counter()
    texts = set(frame.select_dtypes(exclude="number").columns)
    how = {c: "fast" if c in texts else "normal" for c in frame}
    whole = frame.astype({c: "category" for c in texts})
    kernel = miceforest.ImputationKernel(whole, num_datasets=1, mean_match_strategy=how, random_state=1)
    kernel.mice(5)
    return kernel.complete_data(0), time.perf_counter() - began


def imputation(place):
    """30 % of the cells of 4,000 rows go missing at random."""
    for name in GAPS:
        whole = pd.read_csv(split(place, name, 0.9)[0]).dropna().sample(ROWS, random_state=1).reset_index(drop=True)
        gap = np.random.default_rng(0).random(whole.shape) < MISSING
        source, out = place.work / name / "gaps.csv", place.work / name / "filled.csv"
        gappy = whole.mask(gap)
        gappy.to_csv(source, index=False)
        took = run([place.binary, "impute", source, "--mean", "--quiet", "-o", out])
        row = dict(what="gaps", table=name, seconds=took["seconds"])
        if took["exit"] != 0:
            yield dict(row, failed=took["errors"])
            continue
        began = time.perf_counter()
        other = forest(gappy)
        row["forest_seconds"] = time.perf_counter() - began
        found, asked = pd.read_csv(out), pd.read_csv(source)
        kept = all(bool((found[c] == asked[c])[~gap[:, at]].all()) for at, c in enumerate(whole))
        drawn = run([place.binary, "impute", source, "--draws", DRAWS, "--quiet", "-o", out])
        draws = [pd.read_csv(out.with_name(f"filled-{i + 1}.csv")) for i in range(DRAWS)] if drawn["exit"] == 0 else []
        row.update(covered=covered(whole, draws, gap), spread=float(np.mean([spread(whole, d, gap) for d in draws])))
        try:
            chained, row["mice_seconds"] = mice(gappy)
            row["mice_spread"] = spread(whole, chained, gap)
        except Exception as e:  # It does not run with every LightGBM.
            row["mice_failed"] = str(e)
        yield dict(row, ours=errors(whole, found, gap), forest=errors(whole, other, gap), others_kept=kept)


def given(place):
    """Both, stored as they go."""
    libraries()
    rows = []
    for row in (r for part in (conditions, imputation) for r in part(place)):
        rows.append(row)
        print({k: v for k, v in row.items() if k != "what"}, flush=True)
        place.store("given", rows)


def rendered(rows):
    """Both as tables."""
    number = lambda x, digits=3: "–" if x is None else f"{x:.{digits}f}"
    out = ["| table | method | given columns | kept exactly | C2ST, unconditional | C2ST around given cells | seconds |", "|---|---|---|---|---|---|---|"]
    drawn = [r for r in rows if r["what"] == "given"]
    for r in drawn:
        if "failed" in r:
            out.append(f"| {r['table']} | {r['method']} | {', '.join(r['columns'])} | **failed** | | | |")
            continue
        cells = [r["table"], r["method"], ", ".join(r["columns"]), "yes" if r["kept"] else "**no**", number(r["unconditional"]),
                 number(r["c2st"]), f"{r['seconds']:.1f}"]
        out.append("| " + " | ".join(cells) + " |")
    worse = [r["c2st"] - r["unconditional"] for r in drawn if "failed" not in r]
    if worse:
        mean = sum(worse) / len(worse)
        met = f"{mean:+.3f} (<= +0.02)" if mean <= 0.02 else f"**{mean:+.3f} (<= +0.02): not met**"
        out += ["", f"C2ST around given cells less unconditional: {met} in the mean, {max(worse):+.3f} at most."]
    out += ["", "| table | MAE: ours / MissForest | wrong levels: ours / MissForest | seconds: ours / MissForest | 90 % interval covers | Wasserstein: ours / miceforest | other cells unchanged |", "|---|---|---|---|---|---|---|"]
    held = lambda value, good, digits, bar: f"{value:.{digits}f} ({bar})" if good else f"**{value:.{digits}f} ({bar}): not met**"
    for r in (r for r in rows if r["what"] == "gaps" and "failed" not in r):
        pair = lambda at: f"{number(r['ours'][at])} / {number(r['forest'][at])}"
        kept = "yes" if r["others_kept"] else "**no**"
        cover = held(r["covered"], 0.87 <= r["covered"] <= 0.93, 3, ".87 to .93") if "covered" in r else "–"
        apart = "–" if "spread" not in r else f"{r['spread']:.3f} / failed"
        if "mice_spread" in r:
            apart = held(r["spread"], r["spread"] <= r["mice_spread"], 3, f"<= {r['mice_spread']:.3f}")
        out.append(f"| {r['table']} | {pair(0)} | {pair(1)} | {r['seconds']:.0f} / {r['forest_seconds']:.0f} | {cover} | {apart} | {kept} |")
    return out
