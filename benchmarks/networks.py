"""Networks of the examples, of random weights."""

import pathlib
import tempfile

import common
import keras
from absl import flags

from keras_av import rules

FLAGS = flags.FLAGS


def make_encoder(sense: str, dataset: rules.Dataset) -> keras.Model:
    """What an example makes of `common.encoder`."""
    with tempfile.TemporaryDirectory() as folder:
        return rules.build_encoder(
            common.encoder(sense),
            dataset,
            common.scale().clip_spec,
            FLAGS.seed,
            pathlib.Path(folder),
        )
