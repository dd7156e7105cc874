"""Plugin of coverage: lets greenlets be measured apart without a run that hangs for ever.

SQLAlchemy awaits inside greenlets, so lines behind an awaited statement count only where coverage
asks greenlet which of them runs. It remembers each by a weak reference. A thread's own greenlet
goes when the thread has ended, in what Python calls a pending call of the main thread, and takes
the reference with it: a traced function is called there. When a second thread ends meanwhile,
Python 3.11 looks at that function's first instruction over and over, waiting for a pending call
that cannot be served before the function returns. So threads remember something that stays.
"""

from collections.abc import Mapping

import greenlet
from coverage.collector import Collector
from coverage.plugin_support import Plugins


class Own:
    """Stands for a thread's own greenlet; one will do, as each thread's tracer asks for itself."""


OWN = Own()
START = Collector.start


def running() -> object:
    """Return what tells the greenlet that runs from the others of its thread."""
    current = greenlet.getcurrent()
    return OWN if current.parent is None else current


def start(self: Collector) -> None:
    """Start measuring; the thread that does, which outlives it, asks greenlet without a detour."""
    START(self)
    if self.concur_id_func is greenlet.getcurrent:
        self.concur_id_func = running


def coverage_init(_registry: Plugins, _options: Mapping[str, object]) -> None:
    """Called by coverage in each process that it measures."""
    Collector.start = start  # type: ignore[method-assign]  # coverage has no hook for it
