"""Clips, as a rule."""

import dataclasses
import inspect

from keras_av.data import ClipSpec
from keras_av.rules import clip_spec


def test_it_is_a_clip_spec_with_the_same_defaults():
    assert clip_spec().spec == ClipSpec()
    known = {field.name for field in dataclasses.fields(ClipSpec)}
    assert set(inspect.signature(clip_spec.function).parameters) == known


def test_every_attribute_arrives():
    given = {
        "num_frames": 8,
        "frame_stride": 3,
        "fps": 10.0,
        "size": 64,
        "sampling_rate": 8000,
        "audio_seconds": 0.5,
        "audio_alignment": "start",
        "stride_jitter": 1,
        "frame_jitter": 1,
    }
    spec = clip_spec(**given).spec
    assert {name: getattr(spec, name) for name in given} == given
