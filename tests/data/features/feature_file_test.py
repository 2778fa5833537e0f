import ast
import concurrent.futures
import pathlib
import zipfile

import numpy as np
import pytest

from keras_av.data import MediaError
from keras_av.data.features.feature_file import feature_path, read_feature_file

GOOD = {"image": np.ones((3, 4), "f4"), "has_audio": np.ones(3, bool)}


def write(folder, **arrays):
    path = feature_path(str(folder), 7)
    np.savez(path, **arrays)
    return path


def test_reads_what_is_asked(tmp_path):
    path = write(tmp_path, fused=np.zeros((3, 2)), **GOOD)
    assert path.endswith("000007.npz")
    arrays = read_feature_file(path, ("image",))
    assert sorted(arrays) == ["has_audio", "image"]
    np.testing.assert_array_equal(arrays["image"], GOOD["image"])


@pytest.mark.parametrize(
    "changes, reason",
    [
        (dict(image=np.ones((2, 4))), "corrupt"),
        (dict(image=np.ones(3)), "corrupt"),
        (dict(image=np.full((3, 4), np.nan)), "not_finite"),
        (dict(image=np.ones((0, 4)), has_audio=np.ones(0, bool)), "empty"),
        (dict(image=np.array([{}] * 3)), "unreadable"),
        (dict(image=np.ones((3, 4), "c8")), "corrupt"),
        (dict(image=np.ones((3, 4), "M8")), "unreadable"),
        (dict(has_audio=np.bool_(True)), "corrupt"),
        (dict(has_audio=np.ones((3, 2), bool)), "corrupt"),
        (dict(has_audio=np.ones(3)), "corrupt"),
    ],
)
def test_refuses_bad_arrays(tmp_path, changes, reason):
    with pytest.raises(MediaError) as caught:
        read_feature_file(write(tmp_path, **{**GOOD, **changes}), ("image",))
    assert caught.value.reason == reason


def test_refuses_bad_files(tmp_path):
    path = write(tmp_path, **GOOD)
    with pytest.raises(MediaError, match="no 'audio' among.*image"):
        read_feature_file(path, ("image", "audio"))
    with pytest.raises(MediaError, match="missing"):
        read_feature_file(path + "x", ("image",))
    data = pathlib.Path(path).read_bytes()
    for content in (b"", b"text", data[: len(data) // 2]):
        pathlib.Path(path).write_bytes(content)
        with pytest.raises(MediaError, match="unreadable"):
            read_feature_file(path, ("image",))


@pytest.mark.parametrize(
    "header", ["'descr': 'z3'", "'descr': 'i3'", "'descr': '|o8'", "'x': 1"]
)
def test_refuses_headers_that_numpy_does_not_write(tmp_path, header):
    path = write(tmp_path, **GOOD)
    with zipfile.ZipFile(path) as file:
        arrays = {name: file.read(name) for name in file.namelist()}
    old = b"'descr': '<f4'"
    new = header.ljust(len(old)).encode()
    arrays["image.npy"] = arrays["image.npy"].replace(old, new)
    with zipfile.ZipFile(path, "w") as file:
        for name, data in arrays.items():
            file.writestr(name, data)
    with pytest.raises(MediaError, match="unreadable"):
        read_feature_file(path, ("image",))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12.0, dtype="f2").reshape(3, 4)),
        np.arange(3, dtype=">i4")[:, None],
    ],
)
def test_reads_every_layout_of_numpy(tmp_path, array):
    path = write(tmp_path, **{**GOOD, "image": array})
    got = read_feature_file(path, ("image",))["image"]
    np.testing.assert_array_equal(got, array)
    assert got.dtype == array.dtype


def test_reads_beside_what_traces_functions(tmp_path):
    """`ast` is not safe across threads in Python 3.11."""
    path = write(tmp_path, **GOOD)
    source = "x = " + "+".join(["(1, [2, {3: 4}])"] * 2000)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [
            pool.submit(
                lambda: [
                    read_feature_file(path, ("image",)) for _ in range(200)
                ]
            )
            for _ in range(3)
        ]
        while not all(future.done() for future in futures):
            ast.parse(source)
        for future in futures:
            assert len(future.result()) == 200
