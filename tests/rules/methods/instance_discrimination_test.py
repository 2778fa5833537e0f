"""One encoder learns alone."""

import numpy as np
import pytest

from keras_av import rules
from keras_av.report import read_log


def options(learning, encoder, **changes):
    bank = rules.memory_bank(dim=16, num_negatives=4)
    return {**learning, "encoder": encoder, "bank": bank, **changes}


@pytest.mark.slow
def test_sound_alone(tmp_path, learning, audio):
    model = rules.instance_discrimination(
        tmp_path / "model",
        **options(
            learning,
            audio,
            callbacks=[rules.knn_probe_callback(modality="audio")],
            head=rules.projection_head(units=16),
            partition=rules.partition_function(),
        ),
    )
    log = read_log(model.folder / "log.csv")
    assert np.isfinite(log["instance"]).all()
    assert 0 <= log["audio_knn"][0] <= 1
    assert (model.folder / "curves.png").is_file()
    assert model.modalities == ("audio",)
    assert model.backbone("audio").input_shape == (None, 16000)
    assert model.load_method().key == "audio"


def test_mistakes_are_refused_before_anything_runs(tmp_path, learning, video):
    image = rules.listen_to_look_image(depth=10, width=2)
    for changes, message in (
        ({"encoder": image}, "encoder must be an encoder of video or audio"),
        ({"batch_size": 9}, "batch_size must be"),
    ):
        with pytest.raises(ValueError, match=message):
            rules.instance_discrimination(
                tmp_path / "x", **{**options(learning, video), **changes}
            )
    assert not (tmp_path / "x").exists()
