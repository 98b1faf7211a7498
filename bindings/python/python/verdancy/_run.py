"""The closed loop and what comes out of it; judging anybody's synthetic table."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from . import _html, _native, _options
from ._errors import bad, translated
from ._frames import Frame, take
from ._progress import Listener
from ._schema import Schema


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == 0 or abs(value) >= 100 else f"{value:.3f}"


class Gate:
    """One limit and whether it is kept.

    Attributes
    ----------
    id, name : str
    status : str
        ``green``, ``red``, ``inconclusive``, ``not_judged`` or ``not_applicable``.
    value : float or None
    limit : float
    at_least : bool
        True when the figure has to be at least the limit, False when at most.
    floor_interval : (float, float) or None
        What a fresh real sample of this size would score (95 %).
    reason : str
        Why it is not green.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self.id: str = spec["id"]
        self.name: str = spec["name"]
        self.status: str = spec["status"]
        self.value: float | None = spec.get("value")
        self.limit: float = spec["limit"]
        self.at_least: bool = spec["at_least"]
        interval = spec.get("floor_interval")
        self.floor_interval: tuple[float, float] | None = tuple(interval) if interval else None
        self.reason: str = spec.get("reason") or ""

    def _limit(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"

    def _row(self) -> tuple[str, ...]:
        low, high = self.floor_interval or (0.0, 0.0)
        fresh = f"{_figure(low)} to {_figure(high)}" if low < high else ""
        return (self.name, _figure(self.value), self._limit(), fresh, self.status)

    def __repr__(self) -> str:
        return f"<Gate {self.id} {_figure(self.value)} {self._limit()}: {self.status}>"


class Judgement(Mapping[str, Any]):
    """What the judge says of one synthetic table. ``judgement["ks_mean"]`` is a figure by its id.

    Attributes
    ----------
    verdict : str
        ``green``, ``red`` or ``inconclusive``: computed from the gates.
    gates : list of Gate
    scores, columns, pairs : list of dict
        All figures; columns and pairs worst first.
    warnings : list of (code, message)
    """

    def __init__(self, spec: dict[str, Any], warnings: Sequence[Sequence[str]] = ()) -> None:
        self._spec = spec
        self.verdict: str = spec["verdict"]
        self.profile: str = spec["profile"]
        self.gates = [Gate(g) for g in spec["gates"]]
        self.scores: list[dict[str, Any]] = spec["scores"]
        self.columns: list[dict[str, Any]] = spec["columns"]
        self.pairs: list[dict[str, Any]] = spec["pairs"]
        self.warnings: list[tuple[str, str]] = [(w[0], w[1]) for w in warnings]

    @property
    def green(self) -> bool:
        """True when every gate that was asked for is green."""
        return self.verdict == "green"

    def __getitem__(self, id: str) -> float | None:
        for score in self.scores:
            if score["id"] == id:
                value: float | None = score["value"]
                return value
        raise KeyError(id)

    def __iter__(self) -> Iterator[str]:
        return (score["id"] for score in self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as in ``report.json``."""
        return self._spec

    def to_frame(self) -> Any:
        """All figures as a pandas frame: id, value, floor, floor_low, floor_high, note."""
        import pandas as pd

        return pd.DataFrame(
            [
                dict(
                    id=s["id"],
                    value=s["value"],
                    floor=s["floor"],
                    floor_low=(s["floor_interval"] or (None, None))[0],
                    floor_high=(s["floor_interval"] or (None, None))[1],
                    note=s.get("note"),
                )
                for s in self.scores
            ]
        )

    def __repr__(self) -> str:
        width = shutil.get_terminal_size((100, 24)).columns
        return _native.judgement_text(json.dumps(self._spec), max(width, 60)).strip("\n")

    def _table(self) -> str:
        shown = [g._row() for g in self.gates if g.status != "not_applicable"]
        notes = "".join(f"<p class='note'>{_html.escape(g.name)}: {_html.escape(g.reason)}</p>" for g in self.gates if g.status in ("red", "inconclusive"))
        return _html.table(["gate", "value", "limit", "fresh real rows", "status"], shown, (1, 2, 3), 4) + notes

    def _head(self) -> str:
        judged = [g for g in self.gates if g.status != "not_applicable"]
        green = sum(g.status == "green" for g in judged)
        return f"{_html.status(self.verdict)}: {green} of {len(judged)} gates green, profile {self.profile}"

    def _repr_html_(self) -> str:
        return _html.page(self._head(), self._table())


class Report:
    """The report: one page of HTML, shown in notebooks; ``str(report)`` is its text."""

    def __init__(self, html: str) -> None:
        self.html = html

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.html)

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Report: {len(self.html):,} characters of HTML; save(path) writes it>"

    def _repr_html_(self) -> str:
        page = _html.escape(self.html)
        return f'<iframe sandbox title="report" srcdoc="{page}" style="width:100%;height:42rem;border:1px solid #8884"></iframe>'


class Run:
    """A finished run of :func:`synthesize`.

    Attributes
    ----------
    synthetic : frame
        The synthetic rows, the same kind of frame as the real ones, made when first asked for.
    verdict : str
        ``green``, ``red`` or ``inconclusive``, from rows that no choice has seen.
    gates : list of Gate
    judgement : Judgement
    attempts : list of dict
        What was tried, why it was not enough, and what was changed.
    report : Report
    model : Synthesizer
        The kept model: ``run.model.sample(1_000_000)``.
    schema : Schema
    warnings : list of (code, message)
    """

    def __init__(self, native: _native.Run, frame: Frame) -> None:
        self._native = native
        self._frame = frame
        self._synthetic: Any = None
        self.record: dict[str, Any] = json.loads(native.record)
        self.judgement = Judgement(
            self.record["judgement"], [(w["code"], w["message"]) for w in self.record["warnings"]]
        )
        self.schema = Schema(self.record["schema"])

    @property
    def verdict(self) -> str:
        return self.judgement.verdict

    @property
    def green(self) -> bool:
        """True when the verdict is green."""
        return self.judgement.green

    @property
    def gates(self) -> list[Gate]:
        return self.judgement.gates

    @property
    def warnings(self) -> list[tuple[str, str]]:
        return self.judgement.warnings

    @property
    def attempts(self) -> list[dict[str, Any]]:
        return list(self.record["attempts"])

    @property
    def synthetic(self) -> Any:
        if self._synthetic is None:
            self._synthetic = self._frame.back(self._native.synthetic)
        return self._synthetic

    @property
    def rows(self) -> _native.Rows:
        """The synthetic rows as an Arrow stream, whatever kind of frame came in."""
        return self._native.synthetic

    @property
    def report(self) -> Report:
        return Report(translated(lambda: self._native.report)())

    @property
    def model(self) -> Any:
        from ._model import of_native

        return of_native(self._native.model, self._frame)

    @translated
    def save(self, path: str | os.PathLike[str], format: str | None = None) -> list[str]:
        """Writes rows, model, report and record to the folder ``path`` as ``verdancy synth`` does.

        Parameters
        ----------
        path : path
            A folder that is not there, or one of an earlier run.
        format : {"csv", "parquet", "arrow", "ndjson"}, optional
            By default that of the input; Parquet for a frame.

        Returns
        -------
        list of str
            The names in the folder.
        """
        return self._native.save(os.fspath(path), format)

    def log_mlflow(self, prefix: str = "") -> None:
        """Logs parameters, figures, verdict and report to the active MLflow run. Needs mlflow."""
        from ._export import log_mlflow

        log_mlflow(self, prefix)

    def to_hub_folder(self, path: str | os.PathLike[str], name: str | None = None, license: str | None = None) -> list[str]:
        """Writes a folder for the Hugging Face hub: Parquet, a card, and Croissant metadata."""
        from ._export import to_hub_folder

        return to_hub_folder(self, os.fspath(path), name, license)

    def to_croissant(self, path: str | os.PathLike[str], name: str | None = None, license: str | None = None) -> None:
        """Writes Croissant 1.1 metadata of the synthetic table, with the table beside it as Parquet."""
        from ._export import to_croissant

        to_croissant(self, os.fspath(path), name, license)

    def __repr__(self) -> str:
        rows = self.record["rows"]
        head = f"{self.record['data'] or 'run'}: {rows['synthetic']:,} synthetic rows, {len(self.record['attempts'])} attempts, kept {self._kept()}"
        return f"{head}\n{self.judgement!r}"

    def _kept(self) -> str:
        kept: str = self.record["attempts"][self.record["kept"]]["config"]["method"]
        return kept

    def _repr_html_(self) -> str:
        rows = self.record["rows"]
        note = f"<p class='note'>{rows['synthetic']:,} synthetic rows by {self._kept()}, learned from {rows['train']:,} rows; verdict on {rows['test']:,} rows that no choice has seen.</p>"
        return _html.page(self.judgement._head(), note + self.judgement._table())


def synthesize(
    data: Any,
    *,
    target: str | None = None,
    holdout: Any = None,
    method: str | None = None,
    mode: str | None = None,
    profile: str | None = None,
    rows: int | None = None,
    seed: Any = 0,
    subject: str | None = None,
    time: str | None = None,
    event: str | None = None,
    schema: Any = None,
    metadata: Any = None,
    protect: int | None = None,
    relations: str | None = None,
    attempts: int | None = None,
    shadow_runs: int | None = None,
    params: Mapping[str, Any] | None = None,
    n_iter: int | None = None,
    batch_size: int | None = None,
    config: Any = None,
    test: float | None = None,
    validation: float | None = None,
    time_limit: float | str | None = None,
    memory_limit: int | str | None = None,
    drop: Any = None,
    na: Any = None,
    missing_codes: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    skip_rows: int | str | None = None,
    sheet: str | None = None,
    text: str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[dict[str, Any]], Any] | None = None,
) -> Run:
    """Learns a table, draws a synthetic one, judges it, and goes on until it is green or nothing is left to try.

    Parameters
    ----------
    data : frame or path
        The real table, n rows x m columns: pandas, polars, pyarrow, DuckDB, ibis, anything with
        ``__arrow_c_stream__``, or the path of a CSV, Parquet, Arrow or NDJSON file.
    target : str, optional
        The column to be predicted; rows are divided and judged by it.
    holdout : frame or path, optional
        Real rows that only the verdict sees, instead of the share ``test``.
    method : {"auto", "tabddpm", "gaussian_copula", "cart", "arf", "tvae", "ctgan", "autoregressive"}, optional
        By default evidence chooses.
    mode : {"speed", "balanced", "quality"}, optional
        The budget; balanced by default.
    profile : str, optional
        Limits to judge by: ``standard``, ``strict``, ``research``, or the path of a TOML file.
    rows : int, optional
        Rows to draw; as many as were learned from by default.
    seed : int or numpy generator, default 0
        The same seed gives the same rows, on any number of threads.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default. People are kept whole.
    time, event : str, optional
        Survival tables: follow-up times, and the column that tells events from censored rows.
    schema : Schema, path or text, optional
        What columns mean, over what is inferred.
    metadata : dict, path or SDV metadata, optional
        SDV metadata, version 1 or 2, likewise.
    protect : int, optional
        People who have to share a value, 0 to 1,000,000; 10 by default, 20 with profile strict; 0 protects
        nothing.
    relations : {"keep", "report", "off"}, optional
        Rules between columns that hold in every row, such as a total or a town's region: kept in every synthetic
        row (the default), only reported, or not looked for.
    attempts : int, optional
        Attempts at most, 1 to 20; 3 by default.
    shadow_runs : int, optional
        Fits from which the verdict's shadow attack learns, 0 to 20; 2 in quality mode, else 0.
    params : dict, optional
        Parameters of the method by name; see ``verdancy params``.
    n_iter, batch_size : int, optional
        Passes over the training rows, and rows of one optimiser step.
    config : path, optional
        Method, mode and parameters as ``verdancy tune`` wrote them.
    test, validation : float, optional
        Shares of rows for the verdict (0.2) and for choices (0.1).
    time_limit : float or str, optional
        Bound on the whole run: seconds, or ``"10m"``.
    memory_limit : int or str, optional
        Bound on the memory of training: bytes, or ``"2G"``.
    drop : str or list of str, optional
        Columns of a file to leave out; a struct is left out with its fields.
    na : str or list of str, optional
        Cells that mean "missing", besides empty ones.
    missing_codes : {"keep", "mark"}, optional
        Numbers that stand for "missing", such as -99 or 999 far from all others: numbers as all others, or marked as missing and written
        back as they came. Kept by default, with a warning.
    delimiter : str, optional
        Between the cells of a text file; found by default.
    encoding : str, optional
        Encoding of a text file, for example ``windows-1252``; found by default.
    skip_rows : int or "auto", optional
        Lines before the header of a text file; found by default.
    sheet : str, optional
        Sheet of a workbook, by name or number; the first with cells by default.
    text : {"fake", "drop", "error"}, optional
        What becomes of names and free text.
    threads : int, optional
        1 to 1024; all cores by default. Results do not depend on it.
    progress : bool or function, optional
        True for a bar, False for none, or a function that is called with each event's dict. By default a bar
        on terminals and in notebooks, if tqdm is there.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        When the table or an argument is not usable.
    KeyboardInterrupt
        When it is stopped before there is anything to keep; later the best model is kept.
    """
    said = {k: v for k, v in locals().items() if k not in ("data", "holdout", "progress")}
    _options.drop_of_files(data, drop)
    options = _options.build(**said)
    frame = take(data, na=na)
    unseen = None if holdout is None else take(holdout, "the hold-out", na).data
    listener = Listener(progress)
    try:
        native = _synth(frame.data, options, unseen, listener)
    finally:
        listener.close()
    listener.warn(3)
    return Run(native, frame)


@translated
def _synth(data: Any, options: str, holdout: Any, listener: Listener) -> _native.Run:
    return _native.synth(data, options, holdout, listener)


def evaluate(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: str | None = None,
    profile: str | None = None,
    seed: Any = 0,
    subject: str | None = None,
    time: str | None = None,
    event: str | None = None,
    schema: Any = None,
    metadata: Any = None,
    drop: Any = None,
    na: Any = None,
    missing_codes: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    skip_rows: int | str | None = None,
    sheet: str | None = None,
    text: str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[dict[str, Any]], Any] | None = None,
) -> Judgement:
    """Judges a synthetic table, whoever made it.

    Parameters
    ----------
    real : frame or path
        The rows that it was made from.
    synthetic : frame or path
        The synthetic rows; columns are matched by name.
    holdout : frame or path, optional
        Real rows that its maker has not seen. Without them privacy and utility are not judged, and the verdict
        is inconclusive at best.
    target, profile, seed, subject, time, event, schema, metadata, drop, na, missing_codes, delimiter, encoding, skip_rows, sheet, \
text, threads, progress
        As in :func:`synthesize`.

    Returns
    -------
    Judgement
    """
    said = {k: v for k, v in locals().items() if k not in ("real", "synthetic", "holdout", "progress")}
    _options.drop_of_files(real, drop)
    options = _options.build(**said)
    train = take(real, "the real table", na).data
    made = take(synthetic, "the synthetic table", na).data
    unseen = None if holdout is None else take(holdout, "the hold-out", na).data
    listener = Listener(False if progress is None else progress)
    try:
        found = json.loads(_evaluate(made, train, options, unseen, listener))
    finally:
        listener.close()
    listener.warn(3)
    return Judgement(found["judgement"], found["warnings"])


@translated
def _evaluate(made: Any, train: Any, options: str, unseen: Any, listener: Listener) -> str:
    return _native.evaluate(made, train, options, unseen, listener)


class Comparison:
    """Figures of several runs or judgements side by side."""

    def __init__(self, names: list[str], judgements: list[Judgement]) -> None:
        self.names = names
        self.judgements = judgements

    def _rows(self) -> list[tuple[str, ...]]:
        ids = list(dict.fromkeys(g.id for j in self.judgements for g in j.gates if g.status != "not_applicable"))
        cards = {c["id"]: c["name"] for c in json.loads(_native.metrics())}
        rows: list[tuple[str, ...]] = [("verdict", *[j.verdict for j in self.judgements])]
        for id in ids:
            found = [next((g for g in j.gates if g.id == id), None) for j in self.judgements]
            rows.append((cards.get(id, id), *["" if g is None else f"{_figure(g.value)} {_html.status(g.status)}" for g in found]))
        return rows

    def to_frame(self) -> Any:
        """The gates' figures as a pandas frame, one column for each run."""
        import pandas as pd

        return pd.DataFrame({n: {g.id: g.value for g in j.gates} for n, j in zip(self.names, self.judgements)})

    def __repr__(self) -> str:
        return _html.text(["gate", *self.names], self._rows())

    def _repr_html_(self) -> str:
        return _html.page("Comparison", _html.table(["gate", *self.names], self._rows()))


def compare(*runs: Run | Judgement, **named: Run | Judgement) -> Comparison:
    """Runs or judgements side by side.

    >>> vd.compare(ours=run, theirs=vd.evaluate(df, theirs, holdout=test))  # doctest: +SKIP
    """
    given = [(f"run {i + 1}", r) for i, r in enumerate(runs)] + list(named.items())
    if not given:
        raise bad("bad-argument", "There is nothing to compare.", "Give two runs or judgements.")
    of = [r.judgement if isinstance(r, Run) else r for _, r in given]
    return Comparison([n for n, _ in given], of)
