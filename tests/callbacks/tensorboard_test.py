"""What Keras's TensorBoard writes of curricula and probes."""

import collections

import keras
import numpy as np
import pytest
from keras.callbacks import TensorBoard

from keras_av.callbacks import Curriculum, KNNProbe, RetrievalProbe
from keras_av.methods import sscl_phases
from tests.callbacks import probing
from tests.training import toy

if keras.backend.backend() != "tensorflow":
    pytest.skip("TensorFlow writes the files", allow_module_level=True)

import tensorflow as tf

# TensorFlow 2.21 does not bring it along; that of `make test-lowest` does.
pytest.importorskip("tensorboard")


def curves(folder):
    """The points of each curve by name: pairs of epoch and value."""
    found = collections.defaultdict(list)
    for path in folder.rglob("*tfevents*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for point in event.summary.value:
                if point.metadata.plugin_data.plugin_name == "scalars":
                    value = float(tf.make_ndarray(point.tensor))
                    found[point.tag].append((event.step, value))
    return found


@pytest.mark.backend
def test_every_curve_has_one_point_for_each_epoch(tmp_path):
    model = toy.sscl()
    model.compile(optimizer="adam", run_eagerly=True)
    clips, held_out = toy.dataset(32), probing.batches(1)
    probes = [
        RetrievalProbe(held_out, frequency=2),
        KNNProbe(clips, held_out, k=3, frequency=3),
    ]
    curriculum = Curriculum(sscl_phases((1, 1, 1, 0)), clips=clips)
    history = model.fit(
        clips,
        epochs=3,
        callbacks=[curriculum, *probes, TensorBoard(tmp_path)],
        verbose=0,
    ).history
    found = curves(tmp_path)
    # The rate is Keras's own.
    assert found.pop("epoch_learning_rate")
    assert found.keys() == {f"epoch_{name}" for name in history}
    for name, values in history.items():
        epochs, written = zip(*found[f"epoch_{name}"])
        assert epochs == (0, 1, 2), name
        np.testing.assert_allclose(written, values, rtol=1e-6, err_msg=name)
    assert history["phase"] == [0, 1, 2]
    # What was not measured, and a loss that is off, is a gap in its curve.
    measured = {
        "audio_to_video_recall_1": [False, True, False],
        "video_knn": [False, False, True],
        "video_uni": [True, True, False],
    }
    for name, expected in measured.items():
        written = [value for _, value in found[f"epoch_{name}"]]
        assert np.isfinite(written).tolist() == expected, name
