import functools
import importlib.util
import shutil
import subprocess

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp

from keras_av.data import ClipSpec, Manifest, Transcripts, clips, write_video
from keras_av.evaluation import embed_pairs
from keras_av.layers import (
    LogMelSpectrogram,
    MemoryBank,
    ProjectionHead,
    log_mel_statistics,
)
from keras_av.methods import AudioTextContrastive, CrossModalContrastive
from keras_av.metrics import pair_retrieval
from keras_av.models import ResNetBackbone, TextBackbone, word_vocabulary
from tests import harness
from tests.training import plain

NUM_CLIPS, DIM, LENGTH = 32, 6, 4
WORDS = [f"w{n}" for n in range(10)]


def text_tower():
    encoder = TextBackbone(WORDS, LENGTH, 5, kernel_size=2)
    rng = np.random.default_rng(5)
    encoder.set_weights(
        [0.5 * rng.standard_normal(w.shape) for w in encoder.get_weights()]
    )
    return encoder


def make(bank=False, **options):
    if bank:
        options["bank"] = MemoryBank(NUM_CLIPS, DIM, num_negatives=8)
    options = {"seed": 3, "head": ProjectionHead(DIM), **options}
    return AudioTextContrastive(plain.tower(10, 1), text_tower(), **options)


def batch(size=8, seed=0, **fields):
    """Vectors of sound, and words of which they tell."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(2, 12, (size, LENGTH)).astype("int32")
    tokens[::3, 2:] = 0
    heard = np.eye(12)[tokens].sum(axis=1)[:, 2:]
    return {
        "audio": (heard + 0.1 * rng.standard_normal((size, 10))).astype(
            "float32"
        ),
        "text": tokens,
        "index": np.arange(size, dtype="int32"),
        **fields,
    }


def numpy(x):
    return ops.convert_to_numpy(x)


def embeddings(model, data):
    found = model(data)
    return [numpy(found[m]).astype("float64") for m in ("audio", "text")]


def original(audio, text, temperature, kept, weights):
    """The symmetric InfoNCE of the clips that have both."""
    scores = audio[kept] @ text[kept].T / temperature
    right = np.diagonal(scores)
    both = logsumexp(scores, axis=1) + logsumexp(scores, axis=0) - 2 * right
    return np.average(both / 2, weights=weights[kept])


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_the_loss_is_its_definition():
    model = make(temperature=0.2)
    heard, spoken = np.arange(8) % 3 != 0, np.arange(8) != 4
    weights = np.linspace(0.5, 1.5, 8).astype("float32")
    data = batch(has_audio=heard, has_text=spoken, sample_weight=weights)
    losses, outputs = model.compute_losses(data, training=True)
    assert list(losses) == ["in_batch"]
    both = heard & spoken
    assert both.sum() == 4
    expected = original(*embeddings(model, data), 0.2, both, weights)
    assert float(losses["in_batch"]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("missing", ["has_audio", "has_text"])
def test_a_clip_without_one_of_them_teaches_nothing(missing):
    data = batch(**{missing: np.arange(8) != 2})
    results = []
    for factor in (0, 1):
        data["audio"][2] = factor * np.arange(10)
        data["text"][2] = factor
        model = make()
        model.compile(keras.optimizers.SGD(0.1), **harness.ONE_STEP)
        logs = model.train_on_batch(data, return_dict=True)
        results.append([logs["loss"], *map(numpy, model.weights)])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_batch_without_any_words_is_no_fault():
    for bank in (False, True):
        model = make(bank)
        data = batch(has_text=np.zeros(8, bool))
        losses, outputs = model.compute_losses(data, training=True)
        assert all(float(loss) == 0.0 for loss in losses.values())
        model.commit(data, outputs)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("bank", [False, True])
def test_it_is_the_method_of_video_and_sound_with_other_keys(bank):
    data, results = batch(NUM_CLIPS), []
    other = {"video": data["audio"], "audio": data["text"]}
    other |= {"index": data["index"]}
    for cls, one in (
        (AudioTextContrastive, data),
        (CrossModalContrastive, other),
    ):
        options = {"head": ProjectionHead(DIM), "seed": 3}
        if bank:
            options["bank"] = MemoryBank(NUM_CLIPS, DIM, num_negatives=8)
        model = cls(plain.tower(10, 1), text_tower(), **options)
        model.compile(keras.optimizers.SGD(0.1), **harness.ONE_STEP)
        losses = [model.train_on_batch(one) for _ in range(3)]
        results.append([*losses, *map(numpy, model.weights)])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_names_are_those_of_its_modalities():
    model = make(bank=True, bank_momentum={"text": 0.9})
    assert model.parts == (
        "audio_encoder",
        "audio_head",
        "text_encoder",
        "text_head",
    )
    assert model.loss_names == (
        "in_batch",
        "audio_uni",
        "text_uni",
        "audio_cross",
        "text_cross",
    )
    assert set(model.active_losses) == {"audio_cross", "text_cross"}
    assert model.text_bank.momentum == 0.9 and model.audio_bank.momentum == 0.5
    assert not hasattr(model, "video_encoder")
    config = model.get_config()
    assert "text_encoder" in config and "video_encoder" not in config
    with pytest.raises(ValueError, match="bank_momentum must be one of"):
        make(bank=True, bank_momentum={"video": 0.9})
    with pytest.raises(ValueError, match="text_encoder must be a keras.Model"):
        AudioTextContrastive(plain.tower(10, 1), keras.layers.Dense(2))


def test_commit_moves_the_rows_of_clips_with_words():
    model = make(bank=True)
    spoken = np.arange(8) % 2 == 0
    before = numpy(model.text_bank.rows), numpy(model.audio_bank.rows)
    data = batch(has_text=spoken)
    model.commit(data, model.compute_losses(data, training=True)[1])
    after = numpy(model.text_bank.rows), numpy(model.audio_bank.rows)
    moved = [
        np.abs(a - b).max(axis=1)[:8] > 1e-6 for a, b in zip(before, after)
    ]
    np.testing.assert_array_equal(moved[0], spoken)
    np.testing.assert_array_equal(moved[1], np.ones(8, bool))
    model.refresh_bank("text", [batch(has_text=~spoken)])
    fresh = numpy(model.text_bank.rows)
    written = np.abs(fresh - after[0]).max(axis=1)[:8] > 1e-6
    np.testing.assert_array_equal(written, ~spoken)


@pytest.mark.parametrize(
    "options, sound, text",
    [
        ({}, True, True),
        ({"bank": True}, True, True),
        ({"bank": True, "loss_weights": {"audio_uni": 1.0}}, True, False),
        ({"bank": True, "loss_weights": {"text_uni": 1.0}}, False, True),
    ],
)
def test_needs_what_its_losses_compare(options, sound, text):
    needs = make(**options).needs
    assert (needs.sound, needs.text) == (sound, text)
    assert needs.num_rows == (NUM_CLIPS if "bank" in options else None)


@pytest.mark.parametrize("known", [True, False])
def test_clips_need_words(known):
    import tensorflow as tf

    data = batch(has_text=np.zeros(8, bool))
    if not known:
        data = tf.data.Dataset.from_tensor_slices(data).batch(4)
    model = make()
    model.compile("sgd", **harness.ONE_STEP)
    with pytest.raises(ValueError, match="none of 8 clips has any"):
        model.fit(data, verbose=0)


def test_a_missing_key_is_named():
    data = batch()
    del data["text"]
    with pytest.raises(ValueError, match="`text` if it is given transcripts"):
        make().compute_losses(data, True)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "bank", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_stands(tmp_path, bank):
    model = harness.check_method(lambda: make(bank), batch(9), tmp_path)
    loaded = keras.saving.load_model(tmp_path / "method.keras")
    # The vocabulary is in the file.
    strings = ["W3 w1, unheard"]
    np.testing.assert_array_equal(
        np.array(loaded.text_encoder.tokenize(strings)), [[5, 3, 1, 0]]
    )
    pairs = embed_pairs(loaded, [batch(has_text=np.arange(8) != 5)])
    assert pairs["index"].tolist() == [0, 1, 2, 3, 4, 6, 7]
    expected = numpy(model(batch())["text"])[pairs["index"]]
    np.testing.assert_allclose(pairs["text"], expected, atol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_a_killed_run_resumes(tmp_path):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(batch(8)).batch(4)
    harness.check_resumes(
        functools.partial(make, bank=True), data, 2, 3, tmp_path
    )


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one():
    from tests.training import replicas_test as replicas

    rows = np.arange(NUM_CLIPS)
    clips = batch(NUM_CLIPS, has_audio=rows % 5 != 1, has_text=rows % 7 != 2)
    replicas.check_method(make, clips)


@pytest.mark.slow
def test_finds_words_that_it_was_not_trained_on():
    model = make()
    model.compile(keras.optimizers.Adam(0.02))
    data, other = batch(512), batch(64, seed=1)
    model.fit(data, batch_size=64, epochs=40, verbose=0)
    audio, text = embeddings(model, other)
    found = (audio @ text.T).argmax(axis=1) == np.arange(64)
    # By chance one in 64.
    assert found.mean() > 0.5


def sounds(folder, number):
    """A video of three seconds, with a tone of its own."""
    times = np.arange(48000) / 16000
    wave = 0.3 * np.sin(2 * np.pi * 300 * (number + 1) * times)
    frames = np.full((48, 16, 16, 3), 20 * number, "uint8")
    write_video(folder / f"talk{number}.mp4", frames, 16, wave)


SRT = "1\r\n00:00:00,000 --> 00:00:03,000\r\n<i>{}</i>\r\n"
VTT = (
    "WEBVTT\n\nNOTE none\n\n00:00.000 --> 00:01.400\n{}\n\n"
    "00:01.400 --> 00:03.000\n{}\n"
)


@pytest.mark.skipif(
    importlib.util.find_spec("webvtt") is None, reason="needs webvtt-py"
)
@pytest.mark.slow_on_tensorflow
def test_a_folder_of_talks_with_subtitles(tmp_path, caplog):
    for number in range(6):
        sounds(tmp_path, number)
    for name, data in {
        "talk0.en.vtt": VTT.format("it is low", "and low it stays"),
        "talk0.de.srt": SRT.format("Es ist tief"),
        "talk1.en.vtt": VTT.format("it is higher", "and high it stays"),
        "talk1.de.srt": SRT.format("Es ist höher").encode("latin-1"),
        "talk2.de.srt": "\ufeff" + SRT.format("Es ist höher"),
        "talk3.en.srt": SRT.format("late").replace("00:00:00", "00:00:09"),
        "talk4.en.srt": "",
    }.items():
        data = data if isinstance(data, bytes) else data.encode()
        (tmp_path / name).write_bytes(data)
    files = Manifest.from_folder(tmp_path)
    assert len(files) == 6
    transcripts = Transcripts.beside(files)
    bad = ["talk1.de.srt", "talk3.en.srt", "talk4.en.srt"]
    assert sorted(transcripts.refused) == [str(tmp_path / n) for n in bad]
    assert all(name in caplog.text for name in bad)

    words = word_vocabulary(transcripts.sentences(files))
    text = TextBackbone(words, length=8, width=8)
    spec = ClipSpec(num_frames=0, audio_seconds=1.0)
    options = {"transcripts": transcripts, "tokenizer": text.tokenize}
    train = clips(files, spec, 2, training=True, repeats=4, **options)
    audio = keras.Sequential(
        [keras.Input(spec.audio_shape), keras.layers.Dense(4)]
    )
    model = AudioTextContrastive(audio, text, seed=0)
    model.compile("adam", **harness.ONE_STEP)
    history = model.fit(train, epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    # Three of six files have nothing to say, and that is told.
    assert train.report.as_dict()["reasons"] == {"no_transcript": 12}
    said = {**options, "transcripts": transcripts.where("de")}
    pairs = embed_pairs(model, clips(files, spec, 2, **said))
    assert files.path[pairs["index"]].tolist() == ["talk0.mp4", "talk2.mp4"]


@pytest.mark.slow
def test_a_text_encoder_of_keras_hub():
    keras_hub = pytest.importorskip("keras_hub")
    tokenizer = keras_hub.tokenizers.BertTokenizer(
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "high", "low", "##er"],
        sequence_length=LENGTH,
        lowercase=True,
    )
    bert = keras_hub.models.BertBackbone(
        vocabulary_size=8,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=LENGTH,
    )
    tokens = keras.Input((LENGTH,), dtype="int32")
    there = keras.ops.cast(keras.ops.not_equal(tokens, 0), "int32")
    inputs = {"token_ids": tokens, "padding_mask": there}
    inputs["segment_ids"] = keras.ops.zeros_like(tokens)
    text = keras.Model(tokens, bert(inputs)["pooled_output"])
    model = AudioTextContrastive(plain.tower(10, 1), text, seed=0)
    model.compile("adam", jit_compile=False)
    said = np.array(tokenizer(["Higher", "low low", "high", "lower"]))
    assert said[0].tolist() == [5, 7, 0, 0]
    data = {"audio": batch(4)["audio"], "text": said.astype("int32")}
    history = model.fit(data, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()


PHRASES = {
    "good morning": "guten Morgen",
    "the weather is fine": "das Wetter ist schön",
    "three small birds": "drei kleine Vögel",
    "where is the station": "wo ist der Bahnhof",
    "I do not know": "ich weiß es nicht",
    "an old wooden bridge": "eine alte Holzbrücke",
}


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("espeak-ng") is None,
    reason="needs the speech synthesiser espeak-ng, which is not installed",
)
def test_english_speech_finds_german_words(tmp_path):
    rows = ["path,text,language,split"]
    for number, (english, german) in enumerate(PHRASES.items()):
        for pitch in range(20, 80, 5):
            name = f"{number}_{pitch}.wav"
            speed = str(120 + 37 * pitch % 60)
            subprocess.run(
                ["espeak-ng", "-v", "en", "-p", str(pitch), "-s", speed]
                + ["-w", str(tmp_path / name), english],
                check=True,
            )
            split = "test" if pitch % 20 == 10 else "train"
            rows += [
                f"{name},{english},en,{split}",
                f"{name},{german},de,{split}",
            ]
    (tmp_path / "said.csv").write_text("\n".join(rows), "utf-8")
    transcripts = Transcripts.from_csv(tmp_path / "said.csv").where("de")
    names, splits = zip(
        *[(r.split(",")[0], r.split(",")[3]) for r in rows[1::2]]
    )
    files = Manifest(tmp_path, names, split=splits)
    train_files, test_files = (files.where(split=s) for s in ("train", "test"))
    keras.utils.set_random_seed(0)
    text = TextBackbone(
        word_vocabulary(transcripts.sentences(train_files)), 8, 32
    )
    spec = ClipSpec(num_frames=0, audio_seconds=1.5)
    options = {"transcripts": transcripts, "tokenizer": text.tokenize}
    train = clips(train_files, spec, 18, True, cache=True, **options)
    mean, std = log_mel_statistics(LogMelSpectrogram(), train)
    listen = LogMelSpectrogram(sequence_stride=320, mean=mean, std=std)
    audio = ResNetBackbone(10, 8, spec.audio_shape, preprocessor=listen)
    model = AudioTextContrastive(audio, text, seed=0)
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(train, epochs=20, verbose=0)
    pairs = embed_pairs(model, clips(test_files, spec, 18, **options))
    assert len(pairs["index"]) == 18
    said = [int(n.split("_")[0]) for n in test_files.path[pairs["index"]]]
    found, chance = pair_retrieval(
        pairs["audio"], pairs["text"], np.array(said), ("audio", "text")
    )
    # Of six phrases one; voices that it has not heard.
    assert chance["audio_to_text_recall_1"] == pytest.approx(1 / 6)
    assert found["audio_to_text_recall_1"] > 0.7
