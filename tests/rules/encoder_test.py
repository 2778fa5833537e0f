"""Networks that are not there yet."""

import json

import numpy as np
import pytest

from keras_av import rules
from keras_av.data import ClipSpec


def built(encoder, dataset, clips, folder, seed=0):
    return rules.build_encoder(encoder, dataset, clips, seed, folder)


def test_it_takes_the_clips(tmp_path, dataset, clips, video, audio):
    model = built(video, dataset, clips, tmp_path)
    assert model.input_shape == (None, *clips.spec.video_shape)
    model = built(audio, dataset, clips, tmp_path)
    assert model.input_shape == (None, *clips.spec.audio_shape)


def test_statistics_are_measured_once(tmp_path, dataset, clips, audio):
    before = built(audio, dataset, clips, tmp_path)
    file = tmp_path / "audio_log_mel_statistics.json"
    mean, std = json.loads(file.read_text())
    assert len(mean) == len(std) == 64
    file.write_text(json.dumps([[0.0] * 64, [1.0] * 64]))
    after = built(audio, dataset, clips, tmp_path)
    sound = np.random.default_rng(0).normal(size=(1, 16000)).astype("float32")
    for name, weight in zip("ab", (before, after)):
        assert np.isfinite(weight.predict(sound, verbose=0)).all(), name
    configs = [json.dumps(m.preprocessor.get_config()) for m in (before, after)]
    assert configs[0] != configs[1]


def test_what_does_not_fit_is_refused(clips, video):
    with pytest.raises(ValueError, match="x must be an encoder of audio"):
        video.check("x", ("audio",), clips)
    made = rules.Encoder("audio", video.make, ClipSpec(sampling_rate=8000))
    with pytest.raises(ValueError, match="clips of sampling_rate=8000"):
        made.check("x", ("audio",), clips)
    made = rules.Encoder("video", video.make, ClipSpec(num_frames=9, size=32))
    with pytest.raises(ValueError, match="clips of num_frames=9"):
        made.check("x", ("video",), clips)
    made = rules.Encoder("video", video.make, clips.spec)
    made.check("x", ("video", "audio"), clips)


def test_what_is_missing(tmp_path, video):
    path = tmp_path / "weights.npz"
    encoder = rules.Encoder("video", video.make, path=path)
    assert str(path) in encoder.missing()
    path.touch()
    assert encoder.missing() is None
