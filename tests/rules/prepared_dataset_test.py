"""A data set decoded once."""

import numpy as np
import pytest

from keras_av.rules import prepared_dataset


@pytest.mark.slow_on_tensorflow
def test_the_rows_are_the_same(tmp_path, dataset, clips):
    made = prepared_dataset(tmp_path, dataset=dataset, clip_spec=clips)
    for name in ("train", "test"):
        prepared, raw = getattr(made, name), getattr(dataset, name)
        assert prepared.path.tolist() == raw.path.tolist()
        assert prepared.label.tolist() == raw.label.tolist()
    assert made.num_train == 8 and made.num_classes == dataset.num_classes
    batches = [
        next(iter(one.train_clips(clips, 8, training=False)))
        for one in (made, dataset)
    ]
    for key in ("label", "index", "has_audio"):
        np.testing.assert_array_equal(batches[0][key], batches[1][key])
    video = [batch["video"].numpy().astype(float) for batch in batches]
    assert np.abs(video[0] - video[1]).mean() < 6


def test_a_quality_that_is_none_is_refused(tmp_path, dataset, clips):
    with pytest.raises(ValueError, match="quality must be from 1 to 100"):
        prepared_dataset(tmp_path, dataset=dataset, clip_spec=clips, quality=0)
