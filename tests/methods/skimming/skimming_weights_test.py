import numpy as np
import pytest

from keras_av.layers import FusionMLP
from keras_av.methods import Skimming, load_skimming_weights


def test_a_failed_load_changes_nothing(vectors):
    golden = vectors("l2l_skimming")
    state = {k[2:]: v for k, v in golden.items() if k.startswith("w/")}
    sizes = dict(dim=8, hidden_units=16, key_units=6)
    model = Skimming(7, fusion=FusionMLP(8, 16), **sizes)
    before = model.get_weights()
    with pytest.raises(ValueError, match="compare num_classes"):
        load_skimming_weights(model, state)
    del state["modality_attention.bias"]
    with pytest.raises(ValueError, match="has no 'modality_attention.bias'"):
        load_skimming_weights(
            Skimming(5, fusion=FusionMLP(8, 16), **sizes), state
        )
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
