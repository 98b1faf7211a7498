"""A search over the parameters of the methods, on rows that no verdict sees."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Callable

from . import _native, _options
from ._errors import bad, translated
from ._frames import take
from ._model import Synthesizer, of_method
from ._progress import Listener


class Tuning:
    """What a search found.

    Attributes
    ----------
    best : dict
        Method and parameters of the winner.
    trials : list of dict
        What was tried, in order, the defaults first: ``config``, ``standings`` (on validation rows, one for each
        seed), ``seconds``.
    best_index : int
        Position of the winner in ``trials``.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.trials: list[dict[str, Any]] = spec["trials"]
        self.best_index: int = spec["best"]
        self.best: dict[str, Any] = self.trials[self.best_index]["config"]
        self._file: str = spec["file"]

    @property
    def estimator(self) -> Synthesizer:
        """The winner as an estimator that is not fitted yet."""
        return of_method(self.best)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the TOML file that ``config=`` and ``verdancy synth --config`` take."""
        with open(path, "w", encoding="utf-8") as out:
            out.write(self._file)

    def __repr__(self) -> str:
        return f"<Tuning of {len(self.trials)} trials: {self.best['method']}, trial {self.best_index + 1}>"


def tune(
    data: Any,
    *,
    trials: int = 20,
    target: str | None = None,
    method: str | None = None,
    mode: str | None = None,
    profile: str | None = None,
    seed: Any = 0,
    subject: str | None = None,
    time: str | None = None,
    event: str | None = None,
    schema: Any = None,
    metadata: Any = None,
    protect: int | None = None,
    relations: str | None = None,
    params: Mapping[str, Any] | None = None,
    test: float | None = None,
    validation: float | None = None,
    time_limit: float | str | None = None,
    memory_limit: int | str | None = None,
    na: Any = None,
    text: str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[dict[str, Any]], Any] | None = None,
) -> Tuning:
    """Searches for parameters that suit a table. The rows of a later verdict with the same seed are not seen.

    Parameters
    ----------
    data : frame or path
        The real table, n rows x m columns.
    trials : int, default 20
        Configurations to try at most, 1 to 10,000; the best two and the defaults then meet twice more.
    target, method, mode, profile, seed, subject, time, event, schema, metadata, protect, relations, params, test, \
validation, time_limit, memory_limit, na, text, threads, progress
        As in :func:`synthesize`.

    Returns
    -------
    Tuning

    Raises
    ------
    InputError
        When the table or an argument is not usable, or there are too few rows to choose on.
    """
    if not 1 <= trials <= 10_000:
        raise bad("bad-argument", "The number of trials is out of range.", "Ask for 1 to 10,000.")
    said = _options.build(
        target=target, method=method, mode=mode, profile=profile, seed=seed, subject=subject, time=time, event=event,
        schema=schema, metadata=metadata, protect=protect, relations=relations, params=params, test=test, validation=validation,
        time_limit=time_limit, memory_limit=memory_limit, na=na, text=text, threads=threads,
    )  # fmt: skip
    frame = take(data, na=na)
    listener = Listener(progress)
    try:
        found = translated(_native.tune)(frame.data, said, trials, listener)
    finally:
        listener.close()
    listener.warn(2)
    return Tuning(json.loads(found))
