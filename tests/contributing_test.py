"""The method that CONTRIBUTING shows is a whole one."""

import importlib
import pathlib
import re
import sys

import keras
import numpy as np
import pytest

from keras_av import rules
from keras_av.callbacks import Backup
from tests.harness import check_method
from tests.training import toy

TEXT = pathlib.Path(__file__).parents[1].joinpath("CONTRIBUTING.md")
BLOCK = re.compile(r"```python\n# my_package/(\w+\.py)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory):
    root = tmp_path_factory.mktemp("package")
    folder = root / "my_package"
    folder.mkdir()
    folder.joinpath("__init__.py").touch()
    blocks = BLOCK.findall(TEXT.read_text())
    assert [name for name, _ in blocks] == [
        "cosine_distance.py",
        "labelled_alignment.py",
        "rule.py",
    ]
    for name, code in blocks:
        folder.joinpath(name).write_text(code)
    sys.path.insert(0, str(root))
    yield
    sys.path.remove(str(root))
    for name in [name for name in sys.modules if "my_package" in name]:
        del sys.modules[name]


def make(tower=toy.tower, **options):
    module = importlib.import_module("my_package.labelled_alignment")
    return module.LabelledAlignment(
        tower(12, 1), tower(10, 11), 3, seed=3, **options
    )


def fit(model, epochs, *callbacks):
    silent = np.arange(toy.NUM_CLIPS) % 5 != 1
    data = toy.dataset(8, has_audio=silent)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    return model.fit(
        data, epochs=epochs, verbose=0, callbacks=list(callbacks)
    ).history


def seeded(**options):
    keras.utils.set_random_seed(0)
    return make(**options)


@pytest.mark.slow_on_tensorflow
def test_it_learns_and_is_saved(tmp_path):
    history = fit(make(), 8)
    for name in ("alignment", "cross_entropy"):
        assert history[name][-1] < history[name][0]
    assert history["accuracy"][-1] > 0.5
    batch = {name: value[:9] for name, value in toy.clips().items()}
    check_method(lambda: make(label_weight=0.5), batch, tmp_path)


@pytest.mark.slow_on_tensorflow
def test_it_resumes(tmp_path):
    whole, begun, resumed = seeded(), seeded(), seeded()
    fit(whole, 3)
    fit(begun, 2, Backup(tmp_path / "backup", delete_checkpoint=False))
    fit(resumed, 3, Backup(tmp_path / "backup", delete_checkpoint=False))
    for name, value in toy.state(whole).items():
        np.testing.assert_array_equal(value, toy.state(resumed)[name], name)


@pytest.mark.slow_on_tensorflow
def test_two_replicas_equal_one():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf.distribute is TensorFlow's")
    from tests.training import plain
    from tests.training import replicas_test as replicas

    models = []
    for strategy in replicas.strategies():
        with strategy.scope():
            models.append(seeded(tower=plain.tower))
            fit(models[-1], 2)
    replicas.assert_close(*models)


@pytest.mark.slow
def test_its_rule(tmp_path):
    rule = importlib.import_module("my_package.rule").labelled_alignment
    model = rule(
        tmp_path / "model",
        dataset=rules.generated_dataset(num_train=8, num_test=8),
        clip_spec=rules.clip_spec(num_frames=4, size=32),
        optimizer=rules.adam(),
        epochs=1,
        batch_size=4,
        video_encoder=rules.resnet3d_backbone(depth=10, width=2),
        audio_encoder=rules.resnet_backbone(
            modality="audio", depth=10, width=2
        ),
        label_weight=0.5,
        head=rules.projection_head(units=8),
    )
    saved = keras.saving.load_model(model.method)
    assert (saved.label_weight, saved.dim) == (0.5, 8)
