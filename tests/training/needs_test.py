import types

import keras
import numpy as np
import pytest

from keras_av.data import Manifest, Span, Transcripts
from keras_av.training import Needs
from keras_av.training.needs import known_clips
from tests.training import small, toy

ALL = Needs(num_classes=3, num_rows=4, label=True, sound=True, text=True)
FINE = {
    "label": np.array([0, -1, 2, 1]),
    "index": np.array([3, 0, 1, 0]),
    "has_audio": np.array([False, True, False, False]),
    "has_text": np.array([True, False, False, False]),
}


def test_clips_that_fit_are_taken():
    ALL.check("Method", **FINE)
    ALL.check("Method")
    Needs().check("Method", np.array([-1]), np.array([-1]), np.array([False]))
    # A clip may have several labels, each 0 or 1.
    Needs(label=True).check("Method", np.array([[0, 1], [-1, -1]]))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"label": [0, 4]}, "num_classes=3, but there are labels up to 4"),
        ({"label": [-1, -1]}, "none of 2 clips has a `label`"),
        ({"label": [1, -1, 1]}, "all 2 labelled clips have the label 1"),
        ({"index": [0, 4]}, r"num_rows=4, but `index` is from 0 to 4"),
        ({"index": [-1, 0]}, r"num_rows=4, but `index` is from -1 to 0"),
        ({"has_audio": [False, False]}, "none of 2 clips has sound"),
        ({"has_text": [False, False]}, "none of 2 clips has any"),
    ],
)
def test_others_are_refused(change, message):
    clips = {**FINE, **{n: np.array(x) for n, x in change.items()}}
    with pytest.raises(ValueError, match=f"Method .*{message}"):
        ALL.check("Method", **clips)


def test_several_labels_none_of_which_is_known():
    with pytest.raises(ValueError, match="none of 2 clips has a `label`"):
        Needs(label=True).check("Method", np.array([[0, -1], [-1, -1]]))


def test_what_is_known_before_a_batch_is_read():
    manifest = Manifest(
        "videos", ["a", "b"], label=[1, 0], class_names=("x", "y")
    )
    found = known_clips(types.SimpleNamespace(manifest=manifest))
    assert found["label"].tolist() == [1, 0]
    assert found["index"].tolist() == [0, 1]
    assert "has_audio" not in found
    facts = {
        name: [value, value]
        for name, value in {
            **{"status": "ok", "message": "", "sha256": ""},
            **dict.fromkeys(("duration", "frame_rate"), 1.0),
            **dict.fromkeys(("num_frames", "num_bytes", "modified"), 1),
            "has_audio": True,
        }.items()
    }
    found = known_clips(
        types.SimpleNamespace(manifest=manifest.with_facts(facts))
    )
    assert found["has_audio"].tolist() == [True, True]
    said = Transcripts({"b": {"en": [Span(0, 1, "said")]}})
    found = known_clips(
        types.SimpleNamespace(manifest=manifest, transcripts=said)
    )
    assert found["has_text"].tolist() == [False, True]
    found = known_clips(
        types.SimpleNamespace(manifest=manifest, transcripts=None)
    )
    assert "has_text" not in found
    found = known_clips({"video": np.zeros(2)}, y=np.array([0, 1]))
    assert list(found) == ["label"]
    assert known_clips(toy.dataset()) == {}


def rows(**fields):
    return {**toy.clips(), **fields}


BAD_LABEL = np.full(toy.NUM_CLIPS, 9, "int32")


@pytest.mark.parametrize(
    "make, data, message",
    [
        (small.supervised, rows(label=BAD_LABEL), "num_classes=8"),
        (small.compositional_contrastive, rows(label=BAD_LABEL), "num_classes"),
        (small.hint_distillation, rows(label=BAD_LABEL), "num_classes=8"),
        (small.skimming, rows(label=BAD_LABEL), "num_classes=3"),
        (small.supervised, rows(label=BAD_LABEL * 0 - 1), "none of 32"),
        (toy.model, rows(index=np.arange(1, 33)), "num_rows=32"),
        (toy.model, rows(has_audio=np.zeros(32, bool)), "none of 32 clips"),
    ],
)
def test_fit_refuses_arrays_before_a_step(make, data, message):
    # It need not even be compiled.
    with pytest.raises(ValueError, match=message):
        make().fit(data)


def test_fit_refuses_a_table_before_a_batch():
    manifest = Manifest("videos", [f"{i:02}" for i in range(33)])
    data = types.SimpleNamespace(manifest=manifest)
    with pytest.raises(ValueError, match="num_rows=32, .* from 0 to 32"):
        toy.model().fit(data)
    with pytest.raises(ValueError, match="none of 33 clips has a `label`"):
        small.supervised().fit(data)
    # Validation clips have no rows, but the same classes.
    model = toy.model()
    model._check_clips({"x": toy.dataset(), "validation_data": data})
    labels = [i % 9 for i in range(33)]
    names = [str(i) for i in range(9)]
    manifest = Manifest("videos", manifest.path, labels, class_names=names)
    data = types.SimpleNamespace(manifest=manifest)
    with pytest.raises(ValueError, match="num_classes=8, .* up to 8"):
        small.supervised().fit(toy.dataset(), validation_data=data)


def test_multi_label_clips():
    classifier = toy.tower(10, 3)
    model = small.Supervised(classifier, "audio", multi_label=True)
    with pytest.raises(ValueError, match="none of 32 clips has a `label`"):
        model.fit(rows(label=np.full((32, 8), -1)))


@pytest.mark.parametrize("name", ["loss", "metrics"])
def test_a_method_has_its_own_losses_and_metrics(name):
    model = small.supervised()
    with pytest.raises(ValueError, match=f"its own losses.*{name}='mse'"):
        model.compile("sgd", **{name: "mse"})
    model.compile("sgd", loss=None, metrics=None)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
