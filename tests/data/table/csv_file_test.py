import os

import numpy as np
import pytest

from keras_av.data.table import csv_file as manifest_csv


def write_text(tmp_path, text):
    path = tmp_path / "m.csv"
    path.write_text(text, "utf-8")
    return path


def test_labels_by_name(tmp_path):
    path = write_text(
        tmp_path, "extra,path,label\n1,x.mp4,dog\n2,y.mp4,cat\n3,z.mp4,\n"
    )
    columns = manifest_csv.read(path)
    assert columns["label"] == [1, 0, -1]
    assert columns["class_names"] == ["cat", "dog"]
    assert columns["fold"] == [0, 0, 0] and columns["split"] == ["", "", ""]
    assert "extra" not in columns


def test_labels_by_number(tmp_path):
    path = write_text(tmp_path, f"path,label,fold\nx,10,{2**31 - 1}\ny,2,\n")
    columns = manifest_csv.read(path)
    assert columns["label"] == [10, 2]
    assert columns["class_names"] == [str(number) for number in range(11)]
    assert columns["fold"] == [2**31 - 1, 0]


def test_paths_alone_are_unlabelled(tmp_path):
    columns = manifest_csv.read(write_text(tmp_path, "path\nx\n"))
    assert columns["label"] == [-1] and columns["class_names"] == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("file,label\nx,1\n", "column 'path'"),
        ("", "column 'path'"),
        ("path,fold\nx,first\n", "whole numbers"),
        ('path,label,class_names\nx,bird,"[""cat""]"\n', "bird"),
        ("path,class_names\nx,[cat\n", "'class_names' must hold a list"),
        ('path,class_names\nx,"{""a"": 1}"\n', "'class_names' must hold a"),
        ("path,class_names\nx,[3]\n", "'class_names' must hold a list"),
        (f"path,class_names\nx,{'[' * 50_000}\n", "'class_names' must hold a"),
        ("label,path\n3\n", "row 1 has no path"),
        ("path,label\na,1\n,1\n", "row 2 has no path"),
        (f"path,fold\nx,{10**30}\n", "whole numbers"),
        ("path,fold\nx,5000000000\n", "whole numbers"),
        (f"path,fold\nx,{2**31}\n", "whole numbers"),
        (f"path,label\nx,{10**9}\n", "must be below 1000000"),
        (f"path,label\nx,{'9' * 5000}\n", "digits"),
        (f"path\n{'x' * 200_000}\n", "field larger than field limit"),
    ],
)
def test_refuses_what_it_cannot_understand(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        manifest_csv.read(write_text(tmp_path, text))
    assert type(error.value) is ValueError
    assert f"{str(tmp_path / 'm.csv')!r} is no manifest" in str(error.value)


def columns_of(paths, labels):
    return {
        "path": np.array(paths),
        "label": np.array(labels),
        "split": np.array([""] * len(paths)),
        "group": np.array([""] * len(paths)),
        "fold": np.array([0] * len(paths)),
    }


def test_odd_names_survive(tmp_path):
    names = ("a,b", 'say "hi"', "żółć", "line\nbreak", "3")
    paths = ["späce x.mp4", "a,b.mp4", 'q".mp4', "\udcff.mp4", "日本.mp4"]
    written = columns_of(paths, [0, 1, 2, 3, 4])
    manifest_csv.write(tmp_path / "m.csv", written, names)
    columns = manifest_csv.read(tmp_path / "m.csv")
    assert columns["path"] == paths
    assert columns["label"] == [0, 1, 2, 3, 4]
    assert tuple(columns["class_names"]) == names


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path, "path\nold\n")
    with pytest.raises(IndexError):
        manifest_csv.write(path, columns_of(["x"], [7]), ("a",))
    assert path.read_text() == "path\nold\n"
    assert os.listdir(tmp_path) == ["m.csv"]
