"""A folder is searched by a sound and by a video, as at the command line."""

import numpy as np
import pytest
import soundfile

from keras_av.cli.search import embed, search
from keras_av.cli.session import Session
from keras_av.data import ClipSpec, generated_set, read_clip
from keras_av.evaluation import EmbeddingIndex
from keras_av.rules.folder_workspace import folder_workspace
from keras_av.workspace import Builder, ConfigError, Label

pytestmark = pytest.mark.slow_on_tensorflow


@pytest.fixture(scope="module")
def videos():
    return generated_set(num_train=8, num_test=8)


@pytest.fixture(scope="module")
def graph(videos, tmp_path_factory):
    """A workspace whose untrained model is built."""
    place = tmp_path_factory.mktemp("workspace")
    folder_workspace(videos.root, place)
    graph = Session(str(place), defines=["scale=smoke"]).graph()
    assert Builder(graph, log=lambda *_: None).build([Label("", "untrained")])
    return graph


@pytest.fixture(scope="module")
def node(graph):
    return graph.node(Label("", "untrained"))


@pytest.fixture(scope="module")
def index(node, videos, tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "videos.npz"
    (line,) = embed(node, videos.root, str(path))
    assert "videos" in line
    return path


def test_a_video_finds_sounds_and_a_page_plays_them(
    node, index, videos, tmp_path
):
    asked = videos.full_path(3)
    page = tmp_path / "page.html"
    *found, last = search(node, str(index), None, asked, str(page))
    assert last.startswith(str(page))
    text = page.read_text("utf-8")
    assert text.count("<video") == len(found) + 2 == 10
    known = EmbeddingIndex.load(index)
    paths = [line.split(maxsplit=1)[1] for line in found]
    assert set(paths) <= set(known.path.tolist())
    # The nearest sounds are those whose cosine is highest.
    row = known.path.tolist().index(asked)
    cosines = known.audio @ known.video[row]
    assert [float(line.split()[0]) for line in found] == pytest.approx(
        np.sort(cosines)[::-1][:8], abs=2e-3
    )


def test_a_sound_searches_a_folder(node, videos, tmp_path):
    clip = read_clip(videos.full_path(0), ClipSpec(num_frames=0))
    soundfile.write(tmp_path / "x.wav", clip.audio, 16000)
    page = tmp_path / "page.html"
    found = search(node, videos.root, str(tmp_path / "x.wav"), None, str(page))
    assert len(found) == 9 and "x.wav" in page.read_text("utf-8")


@pytest.mark.parametrize(
    "sound, video, message",
    [
        (None, None, "write --sound=FILE or --video=FILE"),
        ("a.wav", "b.mp4", "write --sound=FILE or --video=FILE"),
        ("nowhere.wav", None, "nowhere.wav: .*there is no such file"),
    ],
)
def test_mistakes_are_told(node, index, sound, video, message):
    with pytest.raises(ConfigError, match=message):
        search(node, str(index), sound, video, None)


def test_targets_that_cannot_search_are_refused(graph, videos):
    for name, message in (
        ("model", "//:model is not built"),
        ("files", "//:files is no model"),
    ):
        with pytest.raises(ConfigError, match=message):
            embed(graph.node(Label("", name)), videos.root, "x.npz")
