"""Methods as scikit-learn estimators: ``fit`` returns self, fitted names end in ``_``, models pickle."""

from __future__ import annotations

import copyreg
import inspect
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from . import _html, _native, _options
from ._errors import NotFittedError, bad, translated
from ._frames import Frame, _usual, take
from ._progress import Listener
from ._schema import Schema

_Self = TypeVar("_Self", bound="Synthesizer")

# Arguments of every method that are no parameters of its own.
_COMMON = (
    "target", "subject", "time", "event", "schema", "metadata", "mode", "protect", "relations", "validation", "time_limit",
    "memory_limit", "na", "missing_codes", "text", "threads", "random_state", "progress",
)  # fmt: skip


def _shares(balance: str | Mapping[str, Mapping[Any, float]] | None) -> str | None:
    """Shares as the command line has them: ``outcome=yes:0.3/no:0.7``."""
    if balance is None or isinstance(balance, str):
        return balance
    if len(balance) != 1:
        raise bad("bad-argument", "balance= names more than one column, or none.", "Give the shares of one column.")
    ((column, shares),) = balance.items()
    return f"{column}=" + "/".join(f"{level}:{share!r}" for level, share in shares.items())


def _not_fitted(name: str) -> Exception:
    said = ("python/not-fitted", f"This {name} is not fitted.", "Call fit(table) first.")
    if "sklearn" in sys.modules:
        from sklearn.exceptions import NotFittedError as Theirs

        both: type[Exception] = type("NotFittedError", (NotFittedError, Theirs), {})
        return both(*said)
    return NotFittedError(*said)


class Synthesizer:
    """What all methods have: ``fit``, ``sample``, ``save``, and scikit-learn's way with parameters."""

    _method = ""

    #: The fitted model; there after ``fit``.
    model_: _native.Model
    #: What the columns mean.
    schema_: Schema

    @classmethod
    def _names(cls) -> list[str]:
        return [n for n in inspect.signature(cls.__init__).parameters if n != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters as they were given."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: _Self, **params: Any) -> _Self:
        """Sets parameters; gives the estimator back."""
        known = self._names()
        for name, value in params.items():
            if name not in known:
                raise bad("bad-argument", f"{type(self).__name__} has no parameter {name!r}.", f"It has {', '.join(known)}.")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(allow_nan=True, categorical=True, string=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def _said(self) -> str:
        own = {n: getattr(self, n) for n in self._names() if n not in _COMMON}
        said = {n: getattr(self, n, None) for n in _COMMON if n not in ("random_state", "progress")}
        params = {n: v for n, v in own.items() if v is not None}
        return _options.build(method=self._method, params=params or None, seed=self.random_state, **said)  # type: ignore[attr-defined]

    def fit(self: _Self, X: Any, y: Any = None) -> _Self:
        """Learns the table ``X``.

        Parameters
        ----------
        X : frame or path
            The real table, n rows x m columns.
        y : ignored
            There for scikit-learn's sake. Name the column to be predicted with ``target``.

        Returns
        -------
        self
        """
        said = self._said()
        frame = take(X, na=getattr(self, "na", None))
        listener = Listener(self.progress)  # type: ignore[attr-defined]
        try:
            self._learn(frame, said, listener)
        finally:
            listener.close()
        listener.warn(3)
        return self

    def _learn(self, frame: Frame, said: str, listener: Listener) -> None:
        self._keep(translated(_native.fit)(frame.data, said, listener), frame)

    def _keep(self, model: _native.Model, frame: Frame | None) -> None:
        self.model_ = model
        self.schema_ = Schema(json.loads(model.schema))
        self.history_: list[dict[str, Any]] = json.loads(model.history)
        self.config_: dict[str, Any] = json.loads(model.config)
        self.n_features_in_ = len(self.schema_)
        self.feature_names_in_ = list(self.schema_)
        self._frame = frame

    def _fitted(self) -> _native.Model:
        if not hasattr(self, "model_"):
            raise _not_fitted(type(self).__name__)
        return self.model_

    def rows(self, n_rows: int, *, random_state: Any = None, start: int = 0) -> _native.Rows:
        """Rows ``start .. start + n_rows`` of the sample as an Arrow stream, drawn as it is read.

        A row is a function of model, seed and its number alone: ranges that are drawn in pieces, on other
        machines or in another order, are the rows of the whole.
        """
        model = self._fitted()
        if isinstance(n_rows, bool) or not hasattr(n_rows, "__index__") or n_rows.__index__() < 0:
            raise bad("bad-argument", "The number of rows is no whole number from 0.", "Ask for rows with n_rows=1000.")
        seed = _options._seed(self.random_state if random_state is None else random_state)  # type: ignore[attr-defined]
        threads = getattr(self, "threads", None) or os.cpu_count() or 1
        return model.sample(start, start + n_rows.__index__(), seed, threads)

    def sample(
        self,
        n_rows: int | None = None,
        *,
        where: str | None = None,
        given: Any = None,
        balance: str | Mapping[str, Mapping[Any, float]] | None = None,
        random_state: Any = None,
        start: int = 0,
    ) -> Any:
        """Draws rows: any rows, rows that meet a condition, or rows of which some cells are known.

        Parameters
        ----------
        n_rows : int, optional
            Rows to draw; with ``given`` one is drawn for each of its rows.
        where : str, optional
            A condition as in SQL, which all rows meet: ``"age > 60 and sex = 'F'"``.
        given : frame or path, optional
            Some of the columns. Its cells are kept, all others are drawn; so are its missing cells.
        balance : str or dict, optional
            Shares of the levels of a category: ``"outcome"`` for equal ones, ``{"outcome": {"yes": 0.3, "no": 0.7}}``.
        random_state : int, optional
            Seed; the estimator's own by default. The same seed gives the same rows.
        start : int, default 0
            Number of the first row; only without a condition.

        Returns
        -------
        frame
            n_rows x m columns, the kind of frame that the model learned from.
        """
        asked = [where is not None, given is not None, balance is not None]
        if not any(asked):
            if n_rows is None:
                raise bad("bad-argument", "The number of rows is missing.", "Ask for rows with n_rows=1000.")
            rows = self.rows(n_rows, random_state=random_state, start=start)
        else:
            if sum(asked) > 1 or start:
                said = "where=, given=, balance= and start= exclude one another."
                raise bad("bad-argument", said, "Give one of them.")
            rows = self._rows_if(n_rows, where, given, balance, random_state)
        frame = getattr(self, "_frame", None)
        return (_usual if frame is None else frame.back)(rows)

    def _rows_if(self, n_rows: int | None, where: str | None, given: Any, balance: Any, random_state: Any) -> _native.Rows:
        model = self._fitted()
        seed = _options._seed(self.random_state if random_state is None else random_state)  # type: ignore[attr-defined]
        threads = getattr(self, "threads", None) or os.cpu_count() or 1
        listener = Listener(False)
        try:
            rows, _ = translated(model.sample_if)(
                n_rows,
                seed,
                threads,
                where,
                None if given is None else take(given, na=None).data,
                _shares(balance),
                listener,
            )
        finally:
            listener.close()
        listener.warn(4)
        return rows

    def sample_batches(self, n_rows: int, *, batch_rows: int = 65_536, random_state: Any = None) -> Iterator[Any]:
        """Draws rows in frames of ``batch_rows`` rows, so that any number takes the memory of one."""
        for start in range(0, n_rows, batch_rows):
            yield self.sample(min(batch_rows, n_rows - start), random_state=random_state, start=start)

    @translated
    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to the folder ``path`` (safetensors and JSON; no code in it)."""
        self._fitted().save(os.fspath(path))

    def __getstate__(self) -> dict[str, Any]:
        # The way back to a frame holds the frame's types only for this process.
        return {k: v for k, v in self.__dict__.items() if k != "_frame"}

    def __repr__(self) -> str:
        defaults = {n: p.default for n, p in inspect.signature(type(self).__init__).parameters.items()}
        said = ", ".join(f"{n}={v!r}" for n, v in self.get_params().items() if v is not defaults.get(n) and v != defaults.get(n))
        return f"{type(self).__name__}({said})"

    def _repr_html_(self) -> str:
        if not hasattr(self, "model_"):
            return _html.page(repr(self), "<p class='note'>not fitted</p>")
        rows = [(k, str(v)) for k, v in self.config_.items()]
        return _html.page(repr(self), f"<p class='note'>{self.n_features_in_} columns</p>" + _html.table(["parameter", "value"], rows))


class Auto(Synthesizer):
    """The whole closed loop as an estimator: methods are tried on evidence, the best model is kept.

    Parameters
    ----------
    attempts : int, optional
        Attempts at most, 1 to 20; 3 by default.
    profile : str, optional
        Limits to judge by; ``standard`` by default.
    Others
        As in :func:`verdancy.synthesize`; ``random_state`` is its seed.

    Attributes
    ----------
    run_ : Run
        The run with its verdict, gates and report.
    """

    _method = "auto"

    def __init__(
        self,
        *,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        attempts: int | None = None,
        profile: str | None = None,
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        test: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.attempts = attempts
        self.profile = profile
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.test = test
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress

    def _said(self) -> str:
        said = {n: getattr(self, n) for n in self._names() if n not in ("random_state", "progress")}
        return _options.build(method=self._method, seed=self.random_state, **said)

    def _learn(self, frame: Frame, said: str, listener: Listener) -> None:
        from ._run import Run, _synth

        run = Run(_synth(frame.data, said, None, listener), frame)
        self._keep(run._native.model, frame)
        self.run_ = run

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in super().__getstate__().items() if k != "run_"}


def of_native(model: _native.Model, frame: Frame | None) -> Synthesizer:
    """The estimator of a fitted model."""
    found = of_method(json.loads(model.config))
    found._keep(model, frame)
    return found


def of_method(config: dict[str, Any]) -> Synthesizer:
    """The estimator of a method with its parameters, not fitted."""
    from . import _methods

    kinds: list[type[Synthesizer]] = [
        _methods.TabDDPM,
        _methods.GaussianCopula,
        _methods.CART,
        _methods.ARF,
        _methods.TVAE,
        _methods.CTGAN,
        _methods.Autoregressive,
    ]
    kind = next(k for k in kinds if k._method == config["method"])
    found = kind()
    return found.set_params(**{n: config[n] for n in found._names() if n in config})


def load(path: str | os.PathLike[str]) -> Synthesizer:
    """Reads the model in the folder ``path``, or in the folder of a run. No code in it is run."""
    return of_native(translated(_native.Model.load)(os.fspath(path)), None)


def _unpacked(files: list[tuple[str, bytes]]) -> _native.Model:
    return translated(_native.Model.from_files)(files)


copyreg.pickle(_native.Model, lambda model: (_unpacked, (model.files(),)))
