"""Tables for the tests, made by rule."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
os.environ["VERDANCY_HISTORY"] = "off"


@pytest.fixture(scope="session")
def gbsg2_path():
    return ROOT / "examples" / "data" / "gbsg2.csv"


@pytest.fixture(scope="session")
def gbsg2(gbsg2_path):
    return pd.read_csv(gbsg2_path)


@pytest.fixture(scope="session")
def mixed():
    """400 rows with a column of each type that pandas has."""
    rng = np.random.default_rng(1)
    n = 400
    x = rng.normal(50, 10, n)
    grade = pd.Categorical.from_codes(np.clip((x / 20).astype(int), 0, 3), ["low", "mid", "high", "top"], ordered=True)
    return pd.DataFrame(
        {
            "x": x.round(2),
            "whole": (x * 3).astype("int32"),
            "nullable": pd.array(np.where(rng.random(n) < 0.1, None, (x * 2).astype(int)), dtype="Int64"),
            "flag": x > 50,
            "maybe": pd.array(np.where(rng.random(n) < 0.1, None, x > 45), dtype="boolean"),
            "grade": grade,
            "town": pd.array(rng.choice(["Bonn", "Köln", "Trier"], n), dtype="string"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "seen": (pd.Timestamp("2024-01-01", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s")),
            "small": x.astype("float32").round(1),
        }
    )
