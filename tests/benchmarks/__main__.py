"""One BLAS thread and one processor, chosen before NumPy is loaded; then the table."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

if hasattr(os, "sched_setaffinity"):  # some libraries bring thread pools that no variable stops
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from tests.benchmarks.kernels import main  # noqa: E402

main()
