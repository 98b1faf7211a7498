"""What the columns of a table mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from . import _html, _native, _options
from ._errors import translated
from ._frames import take
from ._progress import Listener


class ColumnSchema:
    """One column: ``schema["age"]``. ``kind`` and the details of the kind can be set.

    Attributes
    ----------
    name : str
    kind : str
        ``numerical``, ``integer``, ``categorical``, ``boolean``, ``datetime``, ``id``, ``personal``, ``text``,
        ``constant`` or ``missing``.
    nullable : bool
        Whether cells may be missing.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec

    @property
    def name(self) -> str:
        return str(self._spec["name"])

    @property
    def kind(self) -> str:
        return str(self._spec["kind"])

    @kind.setter
    def kind(self, kind: str) -> None:
        base: dict[str, Any] = {k: v for k, v in self._spec.items() if k in ("name", "source", "nullable")}
        self._spec.clear()
        self._spec.update(base, kind=kind)

    @property
    def nullable(self) -> bool:
        return bool(self._spec.get("nullable", False))

    @property
    def details(self) -> dict[str, Any]:
        """What the kind needs besides its name: a date's format, a number's decimals."""
        return {k: v for k, v in self._spec.items() if k not in ("name", "kind", "source", "nullable")}

    def set(self, **details: Any) -> ColumnSchema:
        """Sets details, for example ``schema["admitted"].set(format="%d.%m.%Y")``."""
        self._spec.update(details)
        return self

    def __repr__(self) -> str:
        more = "".join(f", {k}={v!r}" for k, v in self.details.items())
        return f"ColumnSchema({self.name!r}, kind={self.kind!r}{more})"


class Schema(Mapping[str, ColumnSchema]):
    """The columns of a table by name, with the target and whose row a row is.

    >>> schema = vd.Schema.infer(df)          # doctest: +SKIP
    >>> schema["age"].kind = "integer"        # doctest: +SKIP
    >>> run = vd.synthesize(df, schema=schema)  # doctest: +SKIP
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._columns = {c["name"]: ColumnSchema(c) for c in spec["column"]}

    @classmethod
    def infer(cls, data: Any, *, metadata: Any = None, **options: Any) -> Schema:
        """What is understood of ``data``.

        Parameters
        ----------
        data : frame or path
            The table.
        metadata : dict, path or SDV metadata, optional
            SDV metadata, version 1 or 2: goes before what is inferred.
        **options
            ``target``, ``subject``, ``time``, ``event``, ``schema``, ``drop``, ``na``, ``missing_codes``, ``delimiter``, ``encoding``, ``skip_rows``, ``sheet``, ``text``.
        """
        return inspect(data, metadata=metadata, **options).schema

    @classmethod
    @translated
    def from_toml(cls, text: str) -> Schema:
        """A schema from the text of a whole ``schema.toml``."""
        return cls(json.loads(_native.schema_from_toml(text)))

    @translated
    def to_toml(self) -> str:
        """The schema as ``schema.toml``."""
        return _native.schema_to_toml(json.dumps(self._spec))

    @translated
    def to_sdv(self, table: str = "table") -> dict[str, Any]:
        """The schema as SDV metadata, version 2, for a table called ``table``."""
        return dict(json.loads(_native.schema_to_sdv(json.dumps(self._spec), table)))

    @property
    def target(self) -> str | None:
        """The column to be predicted."""
        return self._spec.get("target")

    @property
    def subject(self) -> str | None:
        """The column that says whose row a row is."""
        return self._spec.get("subject")

    def __getitem__(self, name: str) -> ColumnSchema:
        try:
            return self._columns[name]
        except KeyError:
            near = ", ".join(list(self._columns)[:8])
            raise KeyError(f"no column {name!r}; there are {near}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._spec == other._spec

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        width = max((len(n) for n in self), default=4)
        lines = [f"  {n:<{width}}  {c.kind}" for n, c in self.items()]
        return f"Schema of {len(self)} columns\n" + "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [(n, c.kind, "yes" if c.nullable else "no", ", ".join(f"{k}: {v}" for k, v in c.details.items())) for n, c in self.items()]
        return _html.page("Schema", _html.table(["column", "kind", "may be missing", "details"], rows))


class Inspection:
    """What is understood of a table, and what would be done with it.

    Attributes
    ----------
    schema : Schema
    rows : int
    columns : list of dict
        For each column: kind, missing cells, distinct values, ends, frequent levels (protected as in a
        report), and what would be done with it.
    division : dict or None
        Rows that would be learned from, kept for choices, and kept for the verdict.
    config, estimate : dict or None
        The parameters of a training, and its seconds and bytes.
    warnings : list of (code, message)
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found
        self.schema = Schema(found["schema"])
        self.rows: int = found["rows"]
        self.columns: list[dict[str, Any]] = found["columns"]
        self.division: dict[str, Any] | None = found["division"]
        self.config: dict[str, Any] | None = found["config"]
        self.estimate: dict[str, Any] | None = found["estimate"]
        self.warnings: list[tuple[str, str]] = [(c, m) for c, m in found["warnings"]]

    def to_dict(self) -> dict[str, Any]:
        """Everything, as ``verdancy inspect --format json`` prints it."""
        return self._found

    def _rows(self) -> list[tuple[str, ...]]:
        return [(c["name"], c["kind"], f"{c['missing']:,}", f"{c['distinct']:,}", c["treatment"]) for c in self.columns]

    def __repr__(self) -> str:
        return f"{self.rows:,} rows, {len(self.columns)} columns\n" + _html.text(["column", "kind", "missing", "distinct", "treatment"], self._rows())

    def _repr_html_(self) -> str:
        head = f"{self.rows:,} rows, {len(self.columns)} columns"
        notes = "".join(f"<p class='note'>{_html.escape(m)} <code>{_html.escape(c)}</code></p>" for c, m in self.warnings)
        return _html.page(head, _html.table(["column", "kind", "missing", "distinct", "treatment"], self._rows()) + notes)


def inspect(
    data: Any,
    *,
    target: str | None = None,
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
    mode: str | None = None,
    method: str | None = None,
    protect: int | None = None,
    relations: str | None = None,
    params: Mapping[str, Any] | None = None,
    config: Any = None,
    n_iter: int | None = None,
    batch_size: int | None = None,
    seed: Any = 0,
    time_limit: float | str | None = None,
    memory_limit: int | str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[dict[str, Any]], Any] | None = None,
) -> Inspection:
    """What is understood of a table, and what would be done with it; nothing is learned.

    Parameters are those of :func:`synthesize`.

    Returns
    -------
    Inspection
    """
    said = {k: v for k, v in locals().items() if k not in ("data", "progress")}
    _options.drop_of_files(data, drop)
    frame = take(data, na=na)
    listener = Listener(False if progress is None else progress)
    try:
        return Inspection(json.loads(_called(frame.data, _options.build(**said), listener)))
    finally:
        listener.close()


@translated
def _called(data: Any, said: str, listener: Listener) -> str:
    return _native.inspect(data, said, listener)
