import json

from keras_av.export import ExportReport


def test_its_text_is_read_by_programs():
    report = ExportReport(
        "ResNetBackbone",
        "onnx",
        "float32",
        "model.onnx",
        {"audio": ((None,), "float32")},
        (16,),
        1e-7,
        1000,
        0.001,
        0.002,
    )
    found = json.loads(report.to_json())
    assert found["inputs"] == {"audio": [[None], "float32"]}
    assert found["before"] == {} and found["num_clips"] == [0, 0]
