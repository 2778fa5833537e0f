"""Which modules pytest leaves out: those of backends that are not there."""

import importlib.util

collect_ignore = [
    f"keras_av/training/{backend}_step.py"
    for backend in ("jax", "torch")
    if importlib.util.find_spec(backend) is None
]
