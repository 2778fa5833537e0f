"""First losses of the targets of configs/."""

import json

import keras
import numpy as np
import pytest

from tests.first_losses import FILE, first_losses


# The image teacher of configs/ccl sees clips that are not augmented.
@pytest.mark.filterwarnings("ignore:CompositionalContrastive compares")
@pytest.mark.backend
@pytest.mark.slow
def test_the_first_losses_are_those_that_are_pinned(tmp_path):
    pinned = json.loads(FILE.read_text())[keras.backend.backend()]
    found = first_losses(tmp_path)
    assert found.keys() == pinned.keys()
    for label, losses in found.items():
        np.testing.assert_allclose(
            losses, pinned[label], rtol=1e-3, err_msg=label
        )
