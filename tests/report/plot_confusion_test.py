import keras
import numpy as np
import pytest

from keras_av.report import plot_confusion

# The darkest of the colours: all videos of a class.
DARKEST = (8, 48, 107)


def draw(path, confusion):
    names = [f"class {number}" for number in range(len(confusion))]
    plot_confusion(confusion, names, path)
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    return picture, abs(picture - DARKEST).max(axis=-1) < 8


@pytest.mark.parametrize("count", [2, 6, 51, 101])
@pytest.mark.slow_on_tensorflow
def test_rows_are_classes_and_columns_predictions(tmp_path, count):
    """Everything is taken for the next class, the last for the first."""
    confusion = 9 * np.roll(np.eye(count, dtype=int), 1, axis=1)
    _, dark = draw(tmp_path / "next.png", confusion)
    assert dark.size < 4e6
    rows, columns = np.nonzero(dark)
    cell = (columns.max() - columns.min() + 1) / count
    assert cell > 12
    row = ((rows - rows.min()) // cell).astype(int).clip(0, count - 1)
    column = ((columns - columns.min()) // cell).astype(int).clip(0, count - 1)
    # All but the pixels at borders between cells.
    assert np.mean(column == (row + 1) % count) > 0.85
    assert set(row) == set(range(count))


@pytest.mark.parametrize("count, with_text", [(15, True), (16, False)])
@pytest.mark.slow_on_tensorflow
def test_numbers_where_there_is_room(tmp_path, count, with_text):
    _, blank = draw(tmp_path / "a.png", np.eye(count, dtype=int))
    _, wide = draw(tmp_path / "b.png", 8888 * np.eye(count, dtype=int))
    # Longer numbers cover more of the dark cells.
    assert (blank.sum() > wide.sum()) == with_text
    assert blank.sum() >= wide.sum()


def test_the_darkness_is_the_share_of_the_class(tmp_path):
    few, _ = draw(tmp_path / "a.png", np.array([[3, 1], [0, 4]]) * 10)
    many, _ = draw(tmp_path / "b.png", np.array([[3, 1], [0, 40]]) * 10)
    colours = [
        {tuple(c) for c in p.reshape(-1, 3) if c[2] - c[0] > 60}
        for p in (few, many)
    ]
    assert len(colours[0] & colours[1]) >= 2


def test_a_class_without_videos(tmp_path):
    confusion = np.array([[2, 0, 0], [0, 0, 0], [0, 0, 2]])
    _, dark = draw(tmp_path / "a.png", confusion)
    _, full = draw(tmp_path / "b.png", 2 * np.eye(3, dtype=int))
    assert dark.sum() == pytest.approx(full.sum() * 2 / 3, rel=0.01)


@pytest.mark.parametrize(
    "confusion, message",
    [(np.ones((2, 3)), "num_classes"), (np.eye(2), "3 class names for 2")],
)
def test_says_what_does_not_fit(tmp_path, confusion, message):
    with pytest.raises(ValueError, match=message):
        plot_confusion(confusion, ["a", "b", "c"], tmp_path / "a.png")
