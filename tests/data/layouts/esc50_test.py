import pytest

from keras_av.data import Manifest
from tests.data.layouts.files import touch


def test_esc50_by_its_table(tmp_path):
    touch(tmp_path, "audio/1-100-A-0.wav", "audio/2-200-B-1.wav")
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-100-A-0.wav,1,0,dog,True,100,A\n"
        "2-200-B-1.wav,2,1,rooster,True,200,B\n"
        "5-300-A-49.wav,5,49,hand_saw,False,300,A\n"
    )
    manifest = Manifest.from_esc50(tmp_path)
    assert manifest.label.tolist() == [0, 1, 49]
    assert manifest.fold.tolist() == [1, 2, 5]
    assert manifest.group.tolist() == ["100", "200", "300"]
    assert manifest.num_classes == 50
    assert manifest.class_names[49] == "hand_saw"
    ten = Manifest.from_esc50(tmp_path, esc10=True)
    assert ten.path.tolist() == manifest.path.tolist()[:2]
    assert ten.num_classes == 10


def test_esc50_by_its_file_names(tmp_path):
    touch(tmp_path, "audio/3-7-C-41.ogg", "audio/4-8-A-2.ogg", "audio/x.ogg")
    manifest = Manifest.from_esc50(tmp_path)
    assert manifest.label.tolist() == [41, 2]
    assert manifest.fold.tolist() == [3, 4]
    ten = Manifest.from_esc50(tmp_path, esc10=True)
    assert [ten.class_names[label] for label in ten.label] == ["chainsaw"]


def test_esc50_of_other_files(tmp_path):
    touch(tmp_path, "audio/x.ogg")
    with pytest.raises(ValueError, match="No file of ESC-50"):
        Manifest.from_esc50(tmp_path)
