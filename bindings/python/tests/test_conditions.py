"""Rows under conditions, and missing cells."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import verdancy as vd


@pytest.fixture(scope="module")
def model(gbsg2):
    return vd.CART(random_state=1, progress=False).fit(gbsg2)


def test_rows_meet_a_condition(model):
    rows = model.sample(200, where="age > 60 and horTh = 'yes'")
    assert isinstance(rows, pd.DataFrame) and len(rows) == 200
    assert (rows.age > 60).all() and (rows.horTh == "yes").all()
    again = model.sample(200, where="age > 60 and horTh = 'yes'")
    pd.testing.assert_frame_equal(rows, again)


def test_given_cells_are_kept(model):
    given = pd.DataFrame({"age": [35, 70, 50], "menostat": ["Pre", "Post", None]})
    rows = model.sample(given=given)
    assert list(rows.age) == [35, 70, 50] and list(rows.menostat[:2]) == ["Pre", "Post"]
    assert rows.notna().all().all()


def test_shares_are_as_asked(model):
    rows = model.sample(100, balance={"tgrade": {"I": 0.5, "II": 0.25, "III": 0.25}})
    assert rows.tgrade.value_counts().to_dict() == {"I": 50, "II": 25, "III": 25}
    assert model.sample(90, balance="tgrade").tgrade.value_counts().to_dict() == {"I": 30, "II": 30, "III": 30}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"where": "agee > 3"}, "expression/unknown-column"),
        ({"where": "age > 3", "balance": "tgrade"}, "python/bad-argument"),
        ({"balance": {"a": {}, "b": {}}}, "python/bad-argument"),
        ({"balance": "age"}, "condition/balance"),
        ({"given": pd.DataFrame({"nothing": [1, 2, 3, 4, 5]}), "n_rows": None}, "condition/unknown-column"),
    ],
)
def test_mistakes_are_named(model, said, code):
    with pytest.raises(vd.InputError) as found:
        model.sample(**{"n_rows": 5, **said})
    assert found.value.code == code
    with pytest.raises(vd.InputError):
        model.sample()


def test_only_missing_cells_change(gbsg2):
    frame = gbsg2.copy()
    gaps = np.random.default_rng(1).random(len(frame)) < 0.2
    frame["tsize"] = frame["tsize"].astype("Int64").mask(gaps)
    found = vd.impute(frame, draws=2, seed=3, progress=False)
    assert len(found) == 2 and all(isinstance(t, pd.DataFrame) for t in found)
    for table in found:
        assert table.tsize.notna().all()
        assert (table.tsize[~gaps] == frame.tsize[~gaps]).all()
        pd.testing.assert_frame_equal(table.drop(columns="tsize"), frame.drop(columns="tsize"), check_dtype=False)
    (column,) = found.columns
    assert column["column"] == "tsize" and column["filled"] == gaps.sum()
    assert column["check"]["cells"] > 20 and "tsize" in found._repr_html_()
    mean = vd.impute(pl.from_pandas(frame), mean=True, progress=False)
    assert isinstance(mean.table, pl.DataFrame) and mean.table["tsize"].null_count() == 0
    with pytest.raises(vd.InputError) as nothing:
        vd.impute(gbsg2, progress=False)
    assert nothing.value.code == "impute/no-gaps"
