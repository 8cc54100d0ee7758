"""One BLAS thread, chosen before NumPy is loaded; then the table."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from tests.benchmarks.kernels import main  # noqa: E402

main()
