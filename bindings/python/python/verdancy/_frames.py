"""Tables in and out: whatever kind of frame comes in, the same kind goes out, with its types.

pandas, polars and pyarrow are imported only when a frame of theirs is given. No list of categories is
taken over: a category that no synthetic row has would tell that somebody real has it.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any, Callable

from . import _native
from ._errors import VerdancyWarning, bad, translated
from ._options import path_of


class Frame:
    """A table that was given, and the way back to its kind."""

    def __init__(self, data: Any, back: Callable[[_native.Rows], Any], columns: list[str] | None) -> None:
        self.data = data
        self.back = back
        self.columns = columns


def _module(frame: Any) -> str:
    return type(frame).__module__.split(".", 1)[0]


def _pyarrow(why: str) -> Any:
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        raise bad("needs-pyarrow", f"{why} needs pyarrow.", "Install it: pip install pyarrow.") from None


@translated
def _cells(stream: Any, name: str, na: list[str]) -> _native.Cells:
    return _native.Cells(stream, name, na)


def take(frame: Any, name: str = "the table", na: Any = None) -> Frame:
    """The table ``frame`` as the engine takes it."""
    tokens = [na] if isinstance(na, str) else list(na or [])
    if isinstance(frame, Frame):
        return frame
    if (path := path_of(frame)) is not None:
        typed = path.lower().endswith((".parquet", ".pq", ".arrow", ".feather", ".ipc"))
        return Frame(path, _usual if typed else _of_text, None)
    module = _module(frame)
    if module == "pandas" and hasattr(frame, "columns"):
        return _from_pandas(frame, name, tokens)
    if module == "pandas":
        raise bad("not-a-table", f"{name.capitalize()} is a pandas {type(frame).__name__}.", "Give a DataFrame: x.to_frame().")
    if module == "numpy":
        return _from_numpy(frame, name, tokens)
    if module == "polars":
        return _from_polars(frame, name, tokens)
    if module in ("duckdb", "_duckdb"):
        table = frame.to_arrow_table() if hasattr(frame, "to_arrow_table") else frame.arrow()
        table = table.read_all() if hasattr(table, "read_all") else table
        return Frame(_cells(table, name, tokens), _to_duckdb, list(table.column_names))
    if module == "ibis":
        table = frame.to_pyarrow()
        return Frame(_cells(table, name, tokens), _to_ibis, list(table.column_names))
    if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
        back = _to_pyarrow if "pyarrow" in sys.modules else (lambda rows: rows)
        return Frame(_cells(frame, name, tokens), back, None)
    if isinstance(frame, (dict, list)):
        return _from_pandas(_pandas("a dict or list of rows").DataFrame(frame), name, tokens)
    raise bad(
        "not-a-table",
        f"{name.capitalize()} is a {type(frame).__name__}.",
        "Give a pandas, polars, pyarrow, DuckDB or ibis table, anything else with __arrow_c_stream__, or the path of a file.",
    )


def _pandas(why: str) -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError:
        raise bad("needs-pandas", f"{why.capitalize()} needs pandas.", "Install it: pip install pandas.") from None


def _usual(rows: _native.Rows) -> Any:
    """Rows of a table that came from a file: a frame of a library that is in use, or that is there."""
    for name, back in (("pandas", _to_pandas), ("polars", _to_polars), ("pyarrow", _to_pyarrow)):
        if name in sys.modules and (name != "pandas" or _has("pyarrow")):
            return back(rows)
    for name, back in (("pandas", _to_pandas), ("polars", _to_polars), ("pyarrow", _to_pyarrow)):
        if _has(name) and (name != "pandas" or _has("pyarrow")):
            return back(rows)
    return rows


def _of_text(rows: _native.Rows) -> Any:
    """Rows of a table that came from a text file: columns of whole numbers and numbers are such."""
    if not _has("pyarrow"):
        return _usual(rows)
    pa = importlib.import_module("pyarrow")
    table = pa.table(rows)
    for position, field in enumerate(table.schema):
        if not pa.types.is_string(field.type):
            continue
        for kind in (pa.int64(), pa.float64()):
            try:
                column = table.column(position).cast(kind)
            except pa.ArrowInvalid:
                continue
            table = table.set_column(position, field.name, column)
            break
    return _usual(table)


def _has(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def _to_pyarrow(rows: _native.Rows) -> Any:
    return _pyarrow("A pyarrow table").table(rows)


def _to_pandas(rows: _native.Rows) -> Any:
    return _to_pyarrow(rows).to_pandas()


def _to_polars(rows: _native.Rows) -> Any:
    return importlib.import_module("polars").DataFrame(rows)


def _to_duckdb(rows: _native.Rows) -> Any:
    return importlib.import_module("duckdb").from_arrow(_to_pyarrow(rows))


def _to_ibis(rows: _native.Rows) -> Any:
    return importlib.import_module("ibis").memtable(_to_pyarrow(rows))


def _check_names(columns: Any, name: str) -> None:
    if getattr(columns, "nlevels", 1) > 1:
        raise bad(
            "multi-index",
            f"{name.capitalize()} has columns with several levels (a MultiIndex).",
            'Join them first: df.columns = ["_".join(map(str, c)) for c in df.columns].',
        )
    if getattr(columns, "has_duplicates", False):
        twice = columns[columns.duplicated()][0]
        raise bad("duplicate-column", f"{name.capitalize()} has two columns of the same name.", "Rename one of them.", f"column {twice}")


def _from_pandas(frame: Any, name: str, na: list[str]) -> Frame:
    pa = _pyarrow("A pandas frame")
    _check_names(frame.columns, name)
    if not isinstance(frame.index, sys.modules["pandas"].RangeIndex) and frame.index.name is not None:
        warnings.warn(
            f"The index {frame.index.name!r} is no column and is left out; use reset_index() to keep it.",
            VerdancyWarning,
            stacklevel=4,
        )
    if len(frame.columns) == 0:
        raise bad("no-columns", f"{name.capitalize()} has no columns.", "Give a table with at least one column.")
    arrays, names, kinds = [], [], []
    for position, label in enumerate(frame.columns):
        series = frame.iloc[:, position]
        try:
            array = pa.Array.from_pandas(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            array = _mixed(pa, series, str(label))
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        arrays.append(array)
        names.append(str(label))
        kinds.append(series.dtype)
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise bad("duplicate-column", f"{name.capitalize()} has two columns of the same name.", "Rename one of them.", f"column {twice}")
    table = pa.table(arrays, names=names)
    # The categories' order, and only that, is taken over; levels are those of the synthetic rows.
    orders = {n: list(k.categories) for n, k in zip(names, kinds) if hasattr(k, "categories")}
    labels = list(frame.columns)
    label_name = frame.columns.name

    def back(rows: _native.Rows) -> Any:
        made = pa.table(rows)
        pd = sys.modules["pandas"]
        columns = {}
        for name, kind in zip(names, kinds):
            if name in made.column_names:
                columns[name] = _series(pa, pd, made.column(name), kind, orders.get(name))
        out = pd.DataFrame(columns)
        kept = [label for label, name in zip(labels, names) if name in columns]
        out.columns = pd.Index(kept, name=label_name)
        return out

    return Frame(_cells(table, name, na), back, names)


def _mixed(pa: Any, series: Any, label: str) -> Any:
    """A column of objects of several types, as text."""
    present = series[series.notna()]
    if any(isinstance(x, (list, tuple, dict, set)) or hasattr(x, "__array__") and getattr(x, "ndim", 0) for x in present):
        raise bad(
            "nested-cells",
            "Cells hold lists, tuples or dicts.",
            "Unfold them into columns of their own, or leave the column out.",
            f"column {label}",
        )
    warnings.warn(f"Column {label!r} holds values of several types; it is read as text.", VerdancyWarning, stacklevel=5)
    return pa.array([None if missing else str(x) for x, missing in zip(series, series.isna())], type=pa.string())


def _series(pa: Any, pd: Any, column: Any, kind: Any, order: list[Any] | None) -> Any:
    """A column of synthetic rows as a series of the type that the real one has."""
    if isinstance(kind, pd.CategoricalDtype):
        dense = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        values = dense.to_pandas()
        present = set(values.dropna().unique())
        known = [level for level in order or [] if level in present]
        known += sorted(present - set(known), key=str)
        return pd.Series(pd.Categorical(values, categories=known, ordered=kind.ordered))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if hasattr(kind, "pyarrow_dtype"):
        return pd.Series(pd.arrays.ArrowExtensionArray(column.cast(kind.pyarrow_dtype)))
    if isinstance(kind, pd.api.extensions.ExtensionDtype) and hasattr(kind, "__from_arrow__"):
        if isinstance(kind, pd.DatetimeTZDtype):
            column = column.cast(pa.timestamp(kind.unit, str(kind.tz)))
        try:
            return pd.Series(kind.__from_arrow__(column))
        except (TypeError, NotImplementedError, pa.ArrowInvalid):
            pass
    if kind.kind in "iub" and column.null_count == 0:
        return column.to_pandas().astype(kind)
    if kind.kind == "m":
        return pd.Series(column.cast(pa.duration("us")).to_pandas()).astype(kind)
    if kind.kind == "M" and pa.types.is_temporal(column.type):
        return pd.Series(column.cast(pa.timestamp("us")).to_pandas()).astype(kind)
    values = column.to_pandas()
    return values.astype(kind) if kind.kind in "fO" and values.dtype != kind else values


def _from_numpy(array: Any, name: str, na: list[str]) -> Frame:
    if getattr(array, "ndim", 0) != 2:
        raise bad(
            "not-a-table",
            f"{name.capitalize()} is a numpy array with {getattr(array, 'ndim', 0)} dimensions.",
            "Give one of two: rows x columns.",
        )
    frame = _from_pandas(_pandas("a numpy array").DataFrame(array).infer_objects().rename(columns=lambda i: f"x{i}"), name, na)
    kind, frames = array.dtype, frame.back
    frame.back = lambda rows: frames(rows).to_numpy(dtype=kind)
    return frame


def _from_polars(frame: Any, name: str, na: list[str]) -> Frame:
    pl = sys.modules["polars"]
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, pl.DataFrame):
        raise bad("not-a-table", f"{name.capitalize()} is a polars {type(frame).__name__}.", "Give a DataFrame: x.to_frame().")
    if frame.width == 0:
        raise bad("no-columns", f"{name.capitalize()} has no columns.", "Give a table with at least one column.")
    kinds = dict(frame.schema)

    def back(rows: _native.Rows) -> Any:
        made = pl.DataFrame(rows)
        casts = []
        for column in made.columns:
            kind = kinds.get(column)
            if kind is None or made.schema[column] == kind:
                continue
            if isinstance(kind, pl.Enum):
                present = set(made[column].cast(pl.String).drop_nulls().unique())
                known = [c for c in kind.categories if c in present]
                kind = pl.Enum(known + sorted(present - set(known)))
                casts.append(pl.col(column).cast(pl.String).cast(kind))
            elif isinstance(kind, pl.Categorical):
                casts.append(pl.col(column).cast(pl.String).cast(kind))
            else:
                casts.append(pl.col(column).cast(kind))
        return made.with_columns(casts)

    return Frame(_cells(frame, name, na), back, frame.columns)
