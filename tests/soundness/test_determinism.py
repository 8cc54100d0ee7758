"""Certificates do not depend on the order of hashing, on SymPy's ground types nor on the number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib
import wnproof as wn
from tests.soundness.samples import SAMPLES
from tests.soundness.truths import truths
from wnproof.claims import catalogue
from wnproof.claims.claim import REGISTRY
samples = [(form, s) for form, statements in SAMPLES.items() for s in statements]
for name, statement in samples + list(truths().items())[::24]:
    certificate = wn.decide(statement).certificate
    print(name, certificate and hashlib.sha256(certificate.data).hexdigest())
catalogue.load()
for slug in ("core/wn-flows", "core/wn-balance", "core/blowup", "core/rescale", "core/kkt"):
    for constants in ({}, *REGISTRY[slug].controls.values()):
        certificate = wn.decide(REGISTRY[slug].state(**constants)).certificate
        print(slug, list(constants), hashlib.sha256(certificate.data).hexdigest())
"""


@pytest.mark.soundness
def test_bytes_do_not_depend_on_the_process():
    runs = [("0", "python", "1"), ("1", "flint", "2"), ("2", "python", "2"), ("3", "flint", "1")]
    found = []
    for seed, ground, threads in runs:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SYMPY_GROUND_TYPES": ground, "PYTHONPATH": str(ROOT)}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        found.append(done.stdout.splitlines())
    assert len(found[0]) > 60
    for lines in zip(*found, strict=True):
        assert len(set(lines)) == 1, lines
