"""How TensorFlow starts, and which modules pytest leaves out.

These are modules whose libraries are not there.
"""

import importlib.util
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Off by default on CPUs without AVX-512, where it is up to 100 times faster.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

_NEEDS = {
    "keras_av/training/jax_step.py": "jax",
    "keras_av/ops/torch_replicas.py": "torch",
    "keras_av/training/torch_alike.py": "torch",
    "keras_av/training/torch_batches.py": "torch",
    "keras_av/training/torch_step.py": "torch",
    "tests/training/devices.py": "jax",
    "tests/training/processes.py": "torch",
    "keras_av/data/tfds/read_tfds.py": "tensorflow_datasets",
    "keras_av/data/tfds/write_tfds.py": "tensorflow_datasets",
    "keras_av/data/transcripts/read_subtitles.py": "webvtt",
    "tests/data/transcripts/read_subtitles_test.py": "webvtt",
}

collect_ignore = [
    path
    for path, library in _NEEDS.items()
    if importlib.util.find_spec(library) is None
]
