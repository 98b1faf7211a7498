"""The ``verdancy`` command."""

from __future__ import annotations

import signal
import sys

from . import _native


def main() -> int:
    """Carries out the command line; the same as the binary does."""
    # The command handles Ctrl-C itself: the first asks for a clean stop.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.command(["verdancy", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
