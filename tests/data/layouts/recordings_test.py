import pytest

from keras_av.data.layouts.recordings import recordings


@pytest.mark.parametrize(
    "cuts",
    [
        ["v_Run_g{}_c01", "v_Run_g{}_c02"],
        ["talk{}-001", "talk{}-002"],
        ["{} scene 1", "{} scene 2"],
        ["lecture {}.part3", "lecture {}.part12"],
    ],
)
def test_cuts_of_a_recording_have_one_name(cuts):
    paths = [f"run/{cut.format(k)}.mp4" for k in "abcd" for cut in cuts]
    found = recordings(paths)
    assert found[0::2] == found[1::2]
    assert len(set(found)) == 4 and "" not in found


def test_numbers_of_files_are_no_cuts():
    assert set(recordings([f"IMG_{k:04}.mp4" for k in range(50)])) == {""}
    # Three recordings are too few to be told from numbered files.
    few = [f"{name}_{k}.mp4" for name in "abc" for k in range(9)]
    assert set(recordings(few)) == {""}


def test_folders_are_looked_at_one_by_one():
    numbered = [f"a/clip_{k}.mp4" for k in range(8)]
    cut = [f"b/{name}_{k}.mp4" for name in "wxyz" for k in range(2)]
    found = recordings([*numbered, *cut])
    assert set(found[:8]) == {""}
    assert found[8:10] == ["b/w", "b/w"]


def test_a_file_without_a_number_is_its_own_recording():
    paths = ["a/x.mp4", "a/y.mp4", "a/z_1.mp4", "a/z_2.mp4", "a/w.mp4"]
    assert recordings(paths) == ["a/x", "a/y", "a/z", "a/z", "a/w"]
