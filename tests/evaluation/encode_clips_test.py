import keras
import numpy as np
import pytest

from keras_av.evaluation.encode_clips import encode_clips
from tests.training import toy


def test_several_networks_in_one_pass():
    model, data = toy.model(), toy.clips()
    mask = np.arange(toy.NUM_CLIPS) % 3 != 0
    batches = iter(toy.dataset(batch_size=5, has_audio=mask))
    networks = {"video": model.video_encoder, "audio": model.audio_encoder}
    found = encode_clips(networks, batches)
    for key, network in networks.items():
        expected = network.predict(data[key], verbose=0)
        np.testing.assert_allclose(found[key], expected, atol=1e-5)
    for name, value in {**data, "has_audio": mask}.items():
        if name not in networks:
            np.testing.assert_array_equal(found[name], value)


def test_a_network_that_takes_the_batch():
    audio = keras.Input((10,), name="audio")
    network = keras.Model({"audio": audio}, keras.layers.Rescaling(2.0)(audio))
    found = encode_clips({None: network}, [toy.clips()])
    np.testing.assert_allclose(found[None], 2 * toy.clips()["audio"])


def test_nothing_and_missing_keys():
    network = toy.tower(10, 0)
    assert encode_clips({"audio": network}, []) == {}
    batch = toy.clips()
    del batch["audio"], batch["index"]
    with pytest.raises(ValueError, match=r"\['audio', 'index'\] among"):
        encode_clips({"audio": network}, [batch])
