#!/usr/bin/env python3
"""anonymeter_parity.py [OUT.json]: the risks that the Python package anonymeter finds on the tables of examples/data.

Rows are dealt by their number: 0 and 1 of five are training rows, 2 and 3 control rows (as many, since the package's correction for
size fits a curve to a single point on small tables); the synthetic rows are 4 of five and every fourth training row, so that there is
something to find. `crates/metrics/tests/anonymeter.rs` deals the same rows and
holds our figures against these. Needs anonymeter (1.1.0 wrote the committed file), pandas.
"""
import json, sys, warnings
from pathlib import Path

import numpy as np, pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator
from anonymeter.evaluators.singling_out_evaluator import _generate_singling_out_queries

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parents[1]
TABLES = ["breast_cancer", "gbsg2"]


def shown(results):
    rate, control, risk = results.attack_rate, results.control_rate, results.risk()
    return dict(attack=rate.value, attack_half=rate.error, control=control.value, control_half=control.error,
                risk=risk.value, low=risk.ci[0], high=risk.ci[1])


def singled(train, control, synthetic, mode):
    """The mean over ten draws of the statements."""
    each = []
    for seed in range(10):
        # The package counts attacks that it could not make as failed: ask for no more than there are.
        made = SinglingOutEvaluator(train, synthetic, seed=seed)
        n = len(_generate_singling_out_queries(made._syn, mode, 500, 3, 25_000, np.random.default_rng(seed)))
        evaluator = SinglingOutEvaluator(train, synthetic, n_attacks=n, control=control, max_attempts=25_000, seed=seed)
        each.append(shown(evaluator.evaluate(mode=mode).results()))
    return mean(each)


def mean(each):
    return {key: float(np.mean([e[key] for e in each])) for key in each[0]}


def measured(name):
    rows = pd.read_csv(ROOT / "examples" / "data" / f"{name}.csv")
    of = rows.index.to_numpy() % 5
    train, control = rows[of < 2].reset_index(drop=True), rows[(of == 2) | (of == 3)].reset_index(drop=True)
    n = min(len(train), len(control))
    train, control = train[:n], control[:n]
    synthetic = pd.concat([rows[of == 4], train[::4]], ignore_index=True)
    columns = list(rows.columns)
    np.random.seed(1)
    linked = LinkabilityEvaluator(train, synthetic, (columns[::2], columns[1::2]), n_attacks=n, n_neighbors=1, control=control)
    inferred = [
        shown(InferenceEvaluator(train, synthetic, [c for c in columns if c != secret], secret, n_attacks=n, control=control,
                                 regression=pd.api.types.is_numeric_dtype(rows[secret])).evaluate(n_jobs=1).results())
        for secret in columns
    ]
    return dict(
        singling_out_one=singled(train, control, synthetic, "univariate"),
        singling_out_several=singled(train, control, synthetic, "multivariate"),
        linkability=shown(linked.evaluate(n_jobs=1).results()),
        inference=mean(inferred),
    )


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "crates/metrics/tests/data/anonymeter.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    figures = {name: measured(name) for name in TABLES}
    out.write_text(json.dumps(figures, indent=1) + "\n")
