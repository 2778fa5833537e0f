"""Prepares a generated set as a pipeline of Apache Beam, for a test that kills.

python -m tests.data.plumbing.beam_script FOLDER
"""

import sys

from keras_av.data import BeamWorkers, ClipSpec, generated_set, prepare
from keras_av.data.plumbing.beam_workers import local_options

SPEC = ClipSpec(num_frames=2, size=32, audio_seconds=0.2, fps=4)


def files():
    return generated_set(num_train=96, num_test=16)


if __name__ == "__main__":
    options = local_options()[:-1] + ["--direct_num_workers=2"]
    prepare(files(), sys.argv[1], SPEC, num_workers=BeamWorkers(options))
