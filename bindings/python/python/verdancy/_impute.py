"""Fills the missing cells of a table, and says how well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from . import _html, _native, _options
from ._errors import translated
from ._frames import take
from ._progress import Listener


class Imputation:
    """A table whose missing cells are filled.

    Attributes
    ----------
    tables : list
        One frame per draw, or one of means, of the kind that was given.
    columns : list of dict
        Each column that had missing cells: ``column``, ``missing``, ``filled``, ``left`` (why cells are still missing), and
        ``check``: how well ``cells`` that were hidden on purpose were met (``error`` and ``baseline``: mean absolute error of the
        mean, of dates in days, or share of wrong levels; ``coverage`` of the 90 % interval).
    """

    def __init__(self, tables: list[Any], columns: list[dict[str, Any]]) -> None:
        self.tables = tables
        self.columns = columns

    @property
    def table(self) -> Any:
        """The first table."""
        return self.tables[0]

    def __len__(self) -> int:
        return len(self.tables)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tables)

    def __repr__(self) -> str:
        filled = sum(c["filled"] for c in self.columns)
        return f"<Imputation: {len(self.tables)} x {filled} cells in {len(self.columns)} columns>"

    def _repr_html_(self) -> str:
        def row(c: dict[str, Any]) -> list[str]:
            check = c["check"] or {}
            error = "" if not check else f"{check['error']:.3g} ({check['baseline']:.3g})"
            return [c["column"], f"{c['filled']:,} of {c['missing']:,}", error, c["left"] or ""]

        heads = ["column", "filled", "error on hidden cells (of the median or the most frequent level)", "left"]
        return _html.page(repr(self), _html.table(heads, [row(c) for c in self.columns]))


def impute(
    data: Any,
    *,
    draws: int = 5,
    mean: bool = False,
    seed: Any = 0,
    schema: Any = None,
    metadata: Any = None,
    na: Any = None,
    threads: int | None = None,
    progress: bool | Callable[[dict[str, Any]], Any] | None = None,
) -> Imputation:
    """Fills the missing cells of a table from its other columns (chained equations with trees). No other cell changes.

    Parameters
    ----------
    data : frame or path
        The table, n rows x m columns.
    draws : int, default 5
        Tables to make, each with one possible value in each missing cell, 1 to 100: analyse each and pool the results.
    mean : bool, default False
        One table instead, with the most likely values: means of numbers and dates, the most frequent of levels.
    seed : int, default 0
        The same seed gives the same values.
    schema, metadata, na, threads, progress
        As in :func:`synthesize`.

    Returns
    -------
    Imputation

    Raises
    ------
    InputError
        When the table is not usable, or nothing is missing.
    """
    said = _options.build(seed=seed, schema=schema, metadata=metadata, na=na, threads=threads)
    frame = take(data, na=na)
    listener = Listener(progress)
    try:
        tables, columns = translated(_native.impute)(frame.data, said, None if mean else draws, listener)
    finally:
        listener.close()
    listener.warn(2)
    return Imputation([frame.back(rows) for rows in tables], json.loads(columns))
