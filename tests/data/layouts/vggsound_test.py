import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import rows, touch


def test_vggsound(tmp_path):
    touch(
        tmp_path,
        "video/---g-f_I2yQ_000001.mp4",
        "video/--0PQM4-hqg_000030.mp4",
    )
    with pytest.raises(ValueError, match="vggsound.csv"):
        Manifest.from_vggsound(tmp_path)
    (tmp_path / "vggsound.csv").write_text(
        "---g-f_I2yQ,1,people marching,test\n"
        '--0PQM4-hqg,30,"waterfall, burbling",train\n'
        "gone_______,5,people marching,train\n"
    )
    assert rows(Manifest.from_vggsound(tmp_path)) == [
        (
            "video/---g-f_I2yQ_000001.mp4",
            "people marching",
            "test",
            "---g-f_I2yQ",
        ),
        (
            "video/--0PQM4-hqg_000030.mp4",
            "waterfall, burbling",
            "train",
            "--0PQM4-hqg",
        ),
    ]
