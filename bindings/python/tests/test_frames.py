"""Whatever kind of frame comes in, the same kind goes out, with its types."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import verdancy as vd


def fitted(frame, **said):
    return vd.GaussianCopula(progress=False, **said).fit(frame)


def test_pandas_types_come_back(mixed):
    out = fitted(mixed).sample(300)
    assert isinstance(out, pd.DataFrame)
    assert list(out.columns) == list(mixed.columns)
    for name in mixed.columns:
        kind = mixed[name].dtype
        if name == "grade":
            assert out[name].cat.ordered and set(out[name].cat.categories) <= set(kind.categories)
            assert list(out[name].cat.categories) == [c for c in kind.categories if c in set(out[name])]
        else:
            assert out[name].dtype == kind, name


def test_categories_that_nobody_synthetic_has_are_not_taken_over(mixed):
    frame = mixed.copy()
    frame["grade"] = frame["grade"].cat.add_categories(["only Ms Smith"])
    assert "only Ms Smith" not in fitted(frame).sample(300)["grade"].cat.categories


def test_polars_types_come_back(mixed):
    pl = pytest.importorskip("polars")
    frame = pl.from_pandas(mixed).with_columns(
        pl.col("town").cast(pl.Categorical), pl.col("grade").cast(pl.String).cast(pl.Enum(["low", "mid", "high", "top"]))
    )
    out = fitted(frame).sample(300)
    assert isinstance(out, pl.DataFrame)
    for name, kind in frame.schema.items():
        if name == "grade":
            assert isinstance(out.schema[name], pl.Enum)
        else:
            assert out.schema[name] == kind, name
    lazy = fitted(frame.lazy()).sample(10)
    assert isinstance(lazy, pl.DataFrame)


def test_pyarrow_types_come_back(mixed):
    table = pa.Table.from_pandas(mixed.drop(columns="grade"), preserve_index=False)
    table = table.append_column("price", pa.array([f"{i % 90}.25" for i in range(400)]).cast(pa.decimal128(8, 2)))
    out = fitted(table).sample(300)
    assert isinstance(out, pa.Table)
    assert out.schema.types == table.schema.types


def test_structs_and_metadata_come_back():
    rng = np.random.default_rng(3)
    n = 400
    home = pa.array(
        [{"street": s, "floor": int(k)} if k < 9 else None for s, k in zip(rng.choice(list("abc"), n), rng.integers(0, 10, n))],
        pa.struct([("street", pa.string()), pa.field("floor", pa.int16(), metadata={"unit": "floors"})]),
    )
    size = pa.DictionaryArray.from_arrays(
        pa.array(rng.integers(0, 3, n), pa.int8()), pa.array(["small", "mid", "large"]), ordered=True
    )
    table = pa.table({"home": home, "size": size, "x": rng.normal(size=n)})
    out = fitted(table).sample(300)
    assert out.schema.equals(table.schema, check_metadata=True)
    assert out["size"].chunk(0).dictionary.to_pylist() == ["small", "mid", "large"]
    assert pa.concat_tables([table, out]).num_rows == 700
    with pytest.raises(vd.InputError, match="for files"):
        vd.inspect(table, drop="home")


def test_missing_codes_come_back(mixed):
    frame = mixed[["x"]].assign(visits=np.where(np.arange(len(mixed)) % 8 == 0, 999, np.arange(len(mixed)) % 40))
    out = fitted(frame, missing_codes="mark").sample(400)["visits"]
    assert 10 < (out == 999).sum() < 110 and out[out != 999].max() < 60


def test_duckdb_relations(mixed):
    duckdb = pytest.importorskip("duckdb")
    real = mixed.drop(columns=["grade", "seen"])
    made = fitted(duckdb.from_df(real))
    out = made.sample(50)
    assert type(out).__name__ == "DuckDBPyRelation" and len(out.fetchall()) == 50
    rows = made.rows(70_000)  # noqa: F841, found by DuckDB by its name
    assert duckdb.sql("select count(*), count(distinct town) from rows").fetchall() == [(70_000, 3)]


def test_ibis_tables(mixed):
    ibis = pytest.importorskip("ibis")
    out = fitted(ibis.memtable(mixed[["x", "town"]])).sample(30)
    assert isinstance(out, ibis.Table) and out.count().to_pyarrow().as_py() == 30


def test_anything_with_an_arrow_stream(mixed):
    class Theirs:
        def __init__(self, table):
            self.table = table

        def __arrow_c_stream__(self, requested_schema=None):
            return self.table.__arrow_c_stream__(requested_schema)

    out = fitted(Theirs(pa.Table.from_pandas(mixed.drop(columns="grade")))).sample(20)
    assert out.num_rows == 20


def test_numpy_and_dicts():
    x = np.random.default_rng(0).normal(size=(300, 3))
    out = fitted(x).sample(40)
    assert isinstance(out, np.ndarray) and out.shape == (40, 3)
    assert len(fitted({"a": list(range(200)), "b": ["u", "v"] * 100}).sample(7)) == 7


def test_paths(gbsg2_path):
    assert len(fitted(gbsg2_path, target="cens").sample(9)) == 9
    assert len(fitted(str(gbsg2_path)).sample(9)) == 9


def test_labels_and_index(mixed):
    frame = mixed[["x", "flag"]].rename(columns={"x": 7})
    out = fitted(frame).sample(5)
    assert list(out.columns) == [7, "flag"]
    with pytest.warns(vd.VerdancyWarning, match="index"):
        fitted(mixed.set_index("town"))


def test_durations_and_large_whole_numbers():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "wait": pd.to_timedelta(rng.integers(1, 10_000, 300), unit="s"),
            "big": 2**60 + rng.integers(0, 1000, 300),
            "v": rng.normal(size=300),
        }
    )
    out = fitted(frame).sample(100)
    assert out["wait"].dtype == frame["wait"].dtype
    # Above 2^53 a learned number is good to its first 15 digits.
    assert out["big"].dtype == "int64" and (out["big"] - 2**60).abs().max() < 2_000


def bad(frame, code, **said):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vd.VerdancyWarning)
        with pytest.raises(vd.InputError) as found:
            vd.synthesize(frame, **said)
    assert found.value.code == code, found.value
    assert found.value.remedy and "--" not in found.value.remedy
    return found.value


def test_bad_frames(mixed, tmp_path):
    bad(mixed.iloc[:0], "table/no-rows")
    bad(pd.DataFrame(), "python/no-columns")
    bad(pd.concat([mixed[["x"]], mixed[["x"]]], axis=1), "python/duplicate-column")
    bad(mixed.rename(columns={"x": 1, "flag": "1"}), "python/duplicate-column")
    two = mixed[["x", "flag"]].copy()
    two.columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "flag")])
    bad(two, "python/multi-index")
    lists = mixed[["x"]].assign(l=[[1, 2]] * len(mixed))
    assert bad(lists, "table/nested-column").place == "the table, column l"
    bad(pd.DataFrame(np.zeros((3, 10_000))).rename(columns=str), "table/too-many-columns")
    bad(mixed["x"], "python/not-a-table")
    bad(object(), "python/not-a-table")
    bad(np.zeros(5), "python/not-a-table")
    bad(tmp_path / "gone.csv", "table/file-not-found")
    bad(mixed, "table/target-missing", target="nope")
    bad(mixed, "python/bad-option", method="magic")
    bad(mixed, "engine/bad-option", attempts=99)
    bad(mixed, "engine/bad-option", time_limit="soon")
    bad(mixed, "python/bad-seed", seed=-1)
    bad(mixed, "python/bad-seed", seed="seven")
    bad(mixed, "metadata/not-sdv", metadata={"columns": 3})


def test_mixed_objects_are_text_with_a_warning(mixed):
    frame = mixed[["x"]].assign(odd=[1, "two", 3.0, None] * 100)
    with pytest.warns(vd.VerdancyWarning, match="several types"):
        out = fitted(frame).sample(10)
    assert len(out) == 10


def test_missing_values_of_all_kinds():
    n = 300
    frame = pd.DataFrame(
        {
            "a": pd.Series([1.5, None, np.nan] * (n // 3)),
            "b": pd.Series([pd.Timestamp("2024-05-05"), pd.NaT, pd.Timestamp("2024-06-06")] * (n // 3)),
            "c": pd.array([1, pd.NA, 3] * (n // 3), dtype="Int64"),
        }
    )
    out = fitted(frame).sample(300)
    assert abs(out["c"].isna().mean() - 1 / 3) < 0.1 and abs(out["a"].isna().mean() - 2 / 3) < 0.1


def test_a_frame_that_changes_during_the_fit_is_not_seen(mixed):
    frame = mixed[["x", "whole"]].copy()
    alone = fitted(frame).sample(50)

    def spoil(event):
        frame["x"] = 0.0

    again = vd.GaussianCopula(progress=spoil).fit(frame).sample(50)
    pd.testing.assert_frame_equal(alone, again)
