"""What happens while a run goes on: a bar, a line for what one should know, and logging."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from typing import Any, Callable

from ._errors import VerdancyWarning
from ._native import spoken

log = logging.getLogger("verdancy")
log.addHandler(logging.NullHandler())

_STAGES = {
    "read": "reading",
    "infer": "inferring types",
    "split": "dividing rows",
    "fit": "learning",
    "sample": "drawing rows",
    "judge": "judging",
    "write": "writing",
}


class Listener:
    """Hears the engine's events. ``progress`` is True (a bar), False, or a function of each event's dict."""

    def __init__(self, progress: bool | Callable[[dict[str, Any]], Any] | None) -> None:
        self._tell = progress if callable(progress) else None
        self._bar: Any = None
        if progress is None:
            progress = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        if progress is True:
            self._bar = _bar()
        self.warnings: list[tuple[str, str]] = []

    def __call__(self, text: str) -> None:
        event = json.loads(text)
        kind = event["event"]
        log.debug("%s", kind, extra={"verdancy": event})
        if kind == "warning":
            self.warnings.append((event["code"], event["message"]))
            log.info("%s [%s]", event["message"], event["code"])
        if self._tell is not None:
            self._tell(event)
        if self._bar is not None:
            self._show(kind, event)

    def _show(self, kind: str, event: dict[str, Any]) -> None:
        bar = self._bar
        if kind == "stage":
            bar.set_description_str(_STAGES.get(event["stage"], event["stage"]))
        elif kind == "training":
            line = event["progress"]
            bar.total, bar.n = line["steps"], line["step"]
            bar.set_postfix_str(f"attempt {event['attempt']}, loss {line['loss']:.3f}")
        elif kind == "sampling":
            bar.total, bar.n = event["of"], event["rows"]
            bar.refresh()
        elif kind == "verdict":
            bar.set_description_str(str(event["verdict"]))

    def close(self) -> None:
        """Takes the bar away and gives the warnings out."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def warn(self, level: int) -> None:
        """Hands the warnings to Python's."""
        for code, message in self.warnings:
            warnings.warn(f"{spoken(message)} [{code}]", VerdancyWarning, stacklevel=level)


def _bar() -> Any:
    try:
        if "ipykernel" in sys.modules:
            from tqdm.auto import tqdm
        else:
            from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=None, bar_format="{desc}: {bar} {n_fmt}/{total_fmt} {elapsed} {postfix}", leave=False)
