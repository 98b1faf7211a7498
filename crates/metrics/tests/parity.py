"""parity.py TRAIN.csv SYNTH.csv: a made-up synthetic table, wrong in every way that the figures see.

Rows are drawn again from the training rows; one column in three is then shuffled by itself, some
numbers move and leave the range, some cells of each column that has missing ones go missing, and
some levels are new or dropped.
"""

import sys

import numpy as np
import pandas as pd

train = pd.read_csv(sys.argv[1], keep_default_na=False, na_values=[""], dtype=str)
rng = np.random.default_rng(5)
out = train.iloc[rng.integers(0, len(train), int(len(train) * 0.9))].reset_index(drop=True)
for i, name in enumerate(out.columns):
    column = out[name]
    if i % 3 == 0:
        column = column.sample(frac=1, random_state=i).reset_index(drop=True)
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().sum() == column.notna().sum() and column.nunique() > 12:
        moved = numbers + (rng.random(len(out)) < 0.2) * rng.normal(0, numbers.std(), len(out))
        column = moved.map(repr, na_action="ignore")
    elif i % 4 == 1 and column.nunique() > 2:
        new = "unheard of" if numbers.isna().all() else str(int(numbers.max()) + 1)
        column = column.where(column != column.iloc[0], new)
    if train[name].isna().any():
        column = column.mask(rng.random(len(out)) < 0.1)
    out[name] = column
out.to_csv(sys.argv[2], index=False)
