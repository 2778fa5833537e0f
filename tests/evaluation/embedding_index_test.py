import keras
import numpy as np
import pytest

from keras_av.evaluation import EmbeddingIndex, embed, embed_pairs
from keras_av.methods import CrossModalContrastive


@pytest.fixture
def model():
    towers = [
        keras.Sequential(
            [
                keras.Input((6,)),
                keras.layers.Dense(
                    5, kernel_initializer=keras.initializers.HeNormal(seed)
                ),
            ]
        )
        for seed in (0, 1)
    ]
    return CrossModalContrastive(*towers, seed=0)


def batches(num=7):
    """Every third clip is silent; the files come in another order."""
    rng = np.random.default_rng(0)
    video, audio = rng.standard_normal((2, num, 6)).astype("float32")
    for part in np.array_split(rng.permutation(num), 2):
        yield {
            "video": video[part],
            "audio": audio[part],
            "index": part.astype("int32"),
            "has_audio": part % 3 != 0,
        }


def paths(num=7):
    return [f"{k}.mp4" for k in range(num)]


@pytest.mark.backend
def test_rows_are_the_embeddings_of_the_files(model):
    index = EmbeddingIndex.from_clips(model, batches(), paths())
    pairs = embed_pairs(model, list(batches()))
    rows = {name: k for k, name in enumerate(index.path)}
    for number, video, audio in zip(
        pairs["index"], pairs["video"], pairs["audio"]
    ):
        row = rows[f"{number}.mp4"]
        np.testing.assert_allclose(index.video[row], video, atol=1e-6)
        np.testing.assert_allclose(index.audio[row], audio, atol=1e-6)
    silent = ~index.audio.any(axis=1)
    assert {index.path[k] for k in np.flatnonzero(silent)} == {
        "0.mp4",
        "3.mp4",
        "6.mp4",
    }
    lengths = np.linalg.norm(index.video, axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


@pytest.mark.backend
def test_a_clip_is_embedded_as_among_others(model):
    (batch, *_) = batches()
    index = EmbeddingIndex.from_clips(model, batches(), paths())
    row = index.path.tolist().index(f"{batch['index'][0]}.mp4")
    for modality in ("video", "audio"):
        found = embed(model, batch[modality][0], modality)
        if modality == "video" or batch["has_audio"][0]:
            expected = getattr(index, modality)[row]
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_silent_files_are_not_found_by_their_sound():
    rows = np.array([[1.0, 0.0], [0.0, 0.0], [0.6, 0.8]])
    index = EmbeddingIndex(np.array(["a", "b", "c"]), np.eye(3, 2), rows)
    assert index.search(np.array([0.0, 1.0]), "audio") == [
        ("c", 0.8),
        ("a", 0.0),
    ]
    nothing = EmbeddingIndex(index.path, index.video, 0 * rows)
    assert nothing.search(np.array([0.0, 1.0]), "audio") == []


def test_returns_from_a_file(tmp_path):
    index = EmbeddingIndex(
        np.array(["ä.mp4", "b"]), np.eye(2), np.zeros((2, 2))
    )
    index.save(tmp_path / "index.npz")
    again = EmbeddingIndex.load(tmp_path / "index.npz")
    assert again.path.tolist() == ["ä.mp4", "b"]
    np.testing.assert_array_equal(again.video, index.video)
    np.testing.assert_array_equal(again.audio, index.audio)


@pytest.mark.parametrize("what", ["nothing", "text", "other", "pickle"])
def test_other_files_are_refused_by_name(tmp_path, what):
    path = tmp_path / "index.npz"
    if what == "text":
        path.write_text("no arrays")
    elif what == "other":
        np.savez(path, rows=np.eye(2))
    elif what == "pickle":
        np.savez(path, path=np.array([{}], object), video=0, audio=0)
    with pytest.raises(ValueError, match="index.npz' holds no embeddings"):
        EmbeddingIndex.load(path)


def test_no_clips_are_refused(model):
    with pytest.raises(ValueError, match="no clips"):
        EmbeddingIndex.from_clips(model, [], [])
