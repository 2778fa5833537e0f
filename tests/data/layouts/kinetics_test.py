import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import rows, touch

TABLE = "label,youtube_id,time_start,time_end,split\n"


@pytest.fixture
def kinetics(tmp_path):
    touch(
        tmp_path,
        "train/bowling/-3B32lodo2M_000059_000069.mp4",
        "train/singing/aaaaaaaaaaa_000000_000010.mp4",
        "val/bbbbbbbbbbb_000101_000111.mp4",
        "test/ccccccccccc_000001_000011.mp4",
        "val/not of it.mp4",
    )
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "train.csv").write_text(
        TABLE
        + "bowling,-3B32lodo2M,59,69,train\n"
        + "singing,aaaaaaaaaaa,0,10,train\n"
        + "singing,gone_ggggg_,5,15,train\n"
    )
    (tmp_path / "val.csv").write_text(
        TABLE + "tap dancing,bbbbbbbbbbb,101,111,validate\n"
    )
    (tmp_path / "test.csv").write_text(TABLE + ",ccccccccccc,1,11,test\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    return tmp_path


def test_kinetics(kinetics):
    assert rows(Manifest.from_kinetics(kinetics)) == [
        ("test/ccccccccccc_000001_000011.mp4", "", "test", "ccccccccccc"),
        (
            "train/bowling/-3B32lodo2M_000059_000069.mp4",
            "bowling",
            "train",
            "-3B32lodo2M",
        ),
        (
            "train/singing/aaaaaaaaaaa_000000_000010.mp4",
            "singing",
            "train",
            "aaaaaaaaaaa",
        ),
        (
            "val/bbbbbbbbbbb_000101_000111.mp4",
            "tap dancing",
            "val",
            "bbbbbbbbbbb",
        ),
    ]


def test_some_classes_of_kinetics(kinetics):
    some = Manifest.from_kinetics(kinetics, ["tap dancing", "singing"])
    assert some.class_names == ("singing", "tap dancing")
    assert some.label.tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"\['juggling'\]"):
        Manifest.from_kinetics(kinetics, ["singing", "juggling"])


def test_kinetics_needs_tables_and_files(tmp_path):
    touch(tmp_path, "aaaaaaaaaaa_000000_000010.mp4")
    with pytest.raises(ValueError, match="no table.*youtube_id"):
        Manifest.from_kinetics(tmp_path)
    (tmp_path / "train.csv").write_text(TABLE + "x,bbbbbbbbbbb,1,11,train\n")
    with pytest.raises(ValueError, match="No file of Kinetics"):
        Manifest.from_kinetics(tmp_path)
