import csv

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Transcripts,
    clips,
    generated_transcripts,
    read_clip,
)
from keras_av.data.generated.benchmark.generated_transcripts import (
    _Clip,
    _facts,
    _spans,
)
from keras_av.data.generated.benchmark.sound_facts import WORDS, SoundFacts


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return generated_transcripts(tmp_path_factory.mktemp("cache"), 6, 4)


def rows(files):
    with open(f"{files.root}/transcripts.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_video_is_described_in_two_languages(files):
    assert len(files) == 10 and files.num_classes == 192
    assert files.split.tolist() == 4 * ["test"] + 6 * ["train"]
    found = rows(files)
    assert [row["path"] for row in found] == np.repeat(files.path, 2).tolist()
    labels = dict(zip(files.path.tolist(), files.label.tolist()))
    for row in found:
        facts = SoundFacts.every()[labels[row["path"]]]
        assert files.class_names[labels[row["path"]]] == facts.name
        for name, number in facts._asdict().items():
            assert WORDS[row["language"]][name][number] in row["text"]
    clip = read_clip(files.full_path(0), ClipSpec(2, size=32, audio_seconds=2))
    assert clip.has_audio and not clip.faults
    transcripts = Transcripts.from_csv(f"{files.root}/transcripts.csv")
    assert transcripts.languages == ("de", "en")
    spec = ClipSpec(num_frames=0, audio_seconds=2)
    for batch in clips(files, spec, 10, transcripts=transcripts.where("en")):
        said = [row["text"] for row in found if row["language"] == "en"]
        assert [text.decode() for text in batch["text"].numpy()] == said


def test_test_sentences_are_not_those_of_training():
    """The facts behind the files, without the files."""
    split = {side: _facts(side, count, 0) for side, count in COUNTS}
    facts = {side: {f for f, _ in found} for side, found in split.items()}
    assert len(facts["train"]) == 144 and len(facts["test"]) == 48
    assert not facts["train"] & facts["test"]
    for index, name in enumerate(SoundFacts._fields):
        assert {f[index] for f in facts["train"]} == set(
            range(len(WORDS["en"][name]))
        )
    sentences = {
        side: {
            (language, spans[0].text)
            for number, (fact, kind) in enumerate(found)
            for language, spans in _spans(
                _Clip(fact, kind, (0, side == "test", number))
            ).items()
        }
        for side, found in split.items()
    }
    assert not sentences["train"] & sentences["test"]
    for language in WORDS:
        said = [text for tag, text in sentences["test"] if tag == language]
        # At least 200 in both languages, each of a clip of its own.
        assert len(said) == 192
    # Of each class the sentences are of all kinds.
    kinds = {}
    for fact, kind in split["test"]:
        kinds.setdefault(fact, set()).add(kind % 4)
    assert all(len(found) == 4 for found in kinds.values())
    assert _facts("test", 5, 1) != split["test"][:5]


COUNTS = (("train", 768), ("test", 192))


def test_files_are_the_same_again(files, tmp_path):
    again = generated_transcripts(tmp_path, 6, 4)
    assert rows(again) == rows(files)
    assert again.digest() == files.digest()


@pytest.mark.parametrize(
    "options",
    [{"num_train": -1}, {"num_train": 0, "num_test": 0}, {"seed": -1}],
)
def test_wrong_arguments(tmp_path, options):
    with pytest.raises(ValueError, match="must not be negative"):
        generated_transcripts(tmp_path, **options)
