import json

import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import rows, touch


def part(label, start, end):
    return {"label": label, "segment": [start, end]}


def test_activitynet(tmp_path):
    touch(tmp_path, "v_GGSY1Qvo990.mp4", "ZNVhz7ctTq0.mp4", "v_ttttttttttt.mkv")
    with pytest.raises(ValueError, match="activity_net"):
        Manifest.from_activitynet(tmp_path)
    database = {
        "GGSY1Qvo990": {
            "subset": "training",
            "annotations": [
                part("Shoveling snow", 0, 9),
                part("Skiing", 10, 30),
                part("Shoveling snow", 40, 60),
            ],
        },
        "ZNVhz7ctTq0": {
            "subset": "validation",
            "annotations": [part("Skiing", 0.5, 9)],
        },
        "ttttttttttt": {"subset": "testing", "annotations": []},
        "gone_______": {"subset": "training", "annotations": []},
    }
    text = json.dumps({"version": "1.3", "database": database})
    (tmp_path / "activity_net.v1-3.min.json").write_text(text)
    assert rows(Manifest.from_activitynet(tmp_path)) == [
        ("ZNVhz7ctTq0.mp4", "Skiing", "val", "ZNVhz7ctTq0"),
        ("v_GGSY1Qvo990.mp4", "Shoveling snow", "train", "GGSY1Qvo990"),
        ("v_ttttttttttt.mkv", "", "test", "ttttttttttt"),
    ]
