"""Small things that the tests of rules share; each is trained once."""

import pytest

from keras_av import rules


def pytest_collection_modifyitems(items):
    """One process for all, so that each is trained once."""
    for item in items:
        if item.nodeid.startswith("tests/rules/"):
            item.add_marker(pytest.mark.xdist_group("rules"))


@pytest.fixture(scope="session")
def dataset():
    return rules.generated_dataset(num_train=8, num_test=8)


@pytest.fixture(scope="session")
def clips():
    return rules.clip_spec(num_frames=4, size=32)


@pytest.fixture(scope="session")
def video():
    return rules.resnet3d_backbone(depth=10, width=2)


@pytest.fixture(scope="session")
def audio():
    return rules.resnet_backbone(modality="audio", depth=10, width=2)


@pytest.fixture(scope="session")
def learning(dataset, clips):
    """What every training rule takes, for one short epoch."""
    return {
        "dataset": dataset,
        "clip_spec": clips,
        "optimizer": rules.adam(),
        "epochs": 1,
        "batch_size": 4,
    }


@pytest.fixture(scope="session")
def classifier(tmp_path_factory, learning, video):
    """A classifier of clips."""
    folder = tmp_path_factory.mktemp("rules") / "classifier"
    return rules.supervised(folder, encoder=video, **learning)


@pytest.fixture(scope="session")
def hearing(tmp_path_factory, learning, audio):
    """A classifier of sound."""
    folder = tmp_path_factory.mktemp("rules") / "hearing"
    return rules.supervised(folder, encoder=audio, **learning)


@pytest.fixture(scope="session")
def stage1(tmp_path_factory, learning, video, audio):
    """Two encoders after the first stage of SSCL."""
    return rules.sscl(
        tmp_path_factory.mktemp("rules") / "stage1",
        **{**learning, "epochs": [1, 1]},
        stage=1,
        video_encoder=video,
        audio_encoder=audio,
        bank=rules.memory_bank(dim=128, num_negatives=4),
        joint_mode="symmetric",
    )


@pytest.fixture(scope="session")
def student(tmp_path_factory, learning, classifier, audio):
    """A student of the classifier that sees an image and hears."""
    return rules.listen_to_look(
        tmp_path_factory.mktemp("rules") / "student",
        **learning,
        teacher=classifier,
        kl_weight=100.0,
        image_encoder=rules.listen_to_look_image(depth=10, width=2),
        audio_encoder=audio,
    )


@pytest.fixture(scope="session")
def encoded(tmp_path_factory, stage1):
    """Descriptors of both encoders."""
    folder = tmp_path_factory.mktemp("rules") / "encoded"
    return rules.features(folder, model=stage1)
