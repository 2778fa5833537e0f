import pytest

from keras_av.data import KINETICS_SOUNDS, Manifest

HEAD = "label,youtube_id,time_start,time_end,split\n"


def test_are_31_in_their_order():
    assert len(set(KINETICS_SOUNDS)) == 31
    assert sum(name.startswith("playing ") for name in KINETICS_SOUNDS) == 15
    assert list(KINETICS_SOUNDS) == sorted(KINETICS_SOUNDS)
    assert KINETICS_SOUNDS[0] == "blowing nose"
    assert KINETICS_SOUNDS[-1] == "tickling"


def test_choose_the_files_of_kinetics(tmp_path):
    names = ["abseiling", *KINETICS_SOUNDS]
    text = HEAD
    for number, name in enumerate(names):
        stem = f"video{number:06d}"
        text += f"{name},{stem},0,10,train\n"
        (tmp_path / f"{stem}_000000_000010.mp4").touch()
    (tmp_path / "train.csv").write_text(text)
    manifest = Manifest.from_kinetics(tmp_path, KINETICS_SOUNDS)
    assert manifest.class_names == KINETICS_SOUNDS
    assert manifest.label.tolist() == list(range(31))
    (tmp_path / "video000031_000000_000010.mp4").unlink()
    with pytest.raises(ValueError, match="tickling"):
        Manifest.from_kinetics(tmp_path, KINETICS_SOUNDS)
