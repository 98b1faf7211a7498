"""Synthetic tables that people may share, with proof.

>>> import verdancy as vd
>>> run = vd.synthesize("patients.csv", target="outcome", seed=7)  # doctest: +SKIP
>>> run.verdict  # doctest: +SKIP
'green'

:func:`synthesize` is the whole closed loop: it learns a table, draws a synthetic one, judges it (fidelity,
utility, privacy), changes what was wrong and tries again. :class:`TabDDPM`, :class:`CART`,
:class:`ARF`, :class:`GaussianCopula`, :class:`TVAE`, :class:`CTGAN`, :class:`Autoregressive` and :class:`Auto` are the methods as scikit-learn
estimators. :func:`evaluate` judges anybody's synthetic table. Tables come in as pandas, polars, pyarrow,
DuckDB, anything else that has ``__arrow_c_stream__``, or as the path of a file, and go out as what they
came in as.
"""

from ._errors import (
    EnvironmentFault,
    InputError,
    InternalError,
    NotFittedError,
    UnreadableModelError,
    VerdancyError,
    VerdancyWarning,
)
from ._impute import Imputation, impute
from ._methods import ARF, CART, CTGAN, TVAE, Autoregressive, GaussianCopula, TabDDPM
from ._model import Auto, Synthesizer, load
from ._native import __version__
from ._run import Comparison, Gate, Judgement, Run, compare, evaluate, synthesize
from ._schema import ColumnSchema, Inspection, Schema, inspect
from ._tune import Tuning, tune

__all__ = [
    "ARF",
    "Auto",
    "CART",
    "CTGAN",
    "Autoregressive",
    "ColumnSchema",
    "Comparison",
    "EnvironmentFault",
    "Gate",
    "GaussianCopula",
    "Imputation",
    "InputError",
    "Inspection",
    "InternalError",
    "Judgement",
    "NotFittedError",
    "Run",
    "Schema",
    "Synthesizer",
    "TVAE",
    "TabDDPM",
    "Tuning",
    "UnreadableModelError",
    "VerdancyError",
    "VerdancyWarning",
    "__version__",
    "compare",
    "evaluate",
    "impute",
    "inspect",
    "load",
    "synthesize",
    "tune",
]
