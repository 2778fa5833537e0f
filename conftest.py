"""Which modules pytest leaves out: those whose libraries are not there."""

import importlib.util

_NEEDS = {
    "keras_av/training/jax_step.py": "jax",
    "keras_av/training/torch_step.py": "torch",
    "keras_av/data/tfds/read_tfds.py": "tensorflow_datasets",
    "keras_av/data/tfds/write_tfds.py": "tensorflow_datasets",
}

collect_ignore = [
    path
    for path, library in _NEEDS.items()
    if importlib.util.find_spec(library) is None
]
