"""Errors as exceptions: each has a stable code, a place and a remedy, in Python's words."""

from __future__ import annotations

import functools
from typing import Any, Callable, TypeVar

from . import _native

_T = TypeVar("_T")


class VerdancyError(Exception):
    """Something went wrong.

    Attributes
    ----------
    code : str
        Stable code, for example ``table/nested-column``; all are listed in docs/errors.md.
    message : str
        What happened, in one sentence without cell contents.
    remedy : str
        What to do.
    place : str or None
        Where: file or frame, line, column.
    """

    def __init__(self, code: str, message: str, remedy: str, place: str | None = None) -> None:
        super().__init__(code, message, remedy, place)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.place = place

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.message}{where} {self.remedy} [{self.code}]"


class InputError(VerdancyError, ValueError):
    """The table or an argument is not usable."""


class UnreadableModelError(InputError):
    """A model cannot be read: damaged, or of another release."""


class EnvironmentFault(VerdancyError, OSError):
    """The machine is at fault: disk, memory, permissions."""


class InternalError(VerdancyError, RuntimeError):
    """A bug in Verdancy."""


class NotFittedError(VerdancyError, ValueError, AttributeError):
    """A synthesizer was used before ``fit``."""


class VerdancyWarning(UserWarning):
    """Something about a run that its user should know."""


def of(error: _native.NativeError) -> VerdancyError:
    """The exception of an error of the engine."""
    code, fault, message, remedy, file, line, column, _cause = error.args
    places = [file, f"line {line}" if line else None, f"column {column}" if column else None]
    place = ", ".join(p for p in places if p) or None
    if code.startswith("model/") and fault == "input":
        kind: type[VerdancyError] = UnreadableModelError
    else:
        kind = {"input": InputError, "environment": EnvironmentFault}.get(fault, InternalError)
    return kind(code, message, remedy, place)


def translated(function: Callable[..., _T]) -> Callable[..., _T]:
    """``function`` with the engine's errors as exceptions of this package."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> _T:
        try:
            return function(*args, **kwargs)
        except _native.NativeError as error:
            raised = of(error)
            raised.__cause__ = None
            raise raised from None

    return wrapped


def bad(code: str, message: str, remedy: str, place: str | None = None) -> InputError:
    """An error in what the caller gave."""
    return InputError(f"python/{code}", message, remedy, place)
