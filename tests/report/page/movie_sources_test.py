import base64
import io

import numpy as np
from PIL import Image

from keras_av.report.page.movie_sources import MovieSources


def clip(value, num_frames=3):
    frames = np.zeros((num_frames, 16, 16, 3), "uint8")
    frames[num_frames // 2 :] = value
    return {"video": frames, "audio": np.zeros(4000)}


def decoded(uri):
    return base64.b64decode(uri.partition(",")[2])


def test_the_middle_frame_is_shown_until_it_plays():
    source = MovieSources().source("a", clip(200), 8000)
    assert decoded(source.movie)[:4].hex() == "1a45dfa3"
    picture = np.asarray(Image.open(io.BytesIO(decoded(source.poster))))
    assert picture.shape == (16, 16, 3)
    np.testing.assert_allclose(picture, 200, atol=4)


def test_what_is_only_heard_has_no_picture():
    source = MovieSources().source("a", clip(0, num_frames=0), 8000)
    assert source.movie and not source.poster


def test_there_is_room_for_so_many_bytes():
    sources = MovieSources()
    size = len(sources.source("a", clip(0), 8000))
    sources = MovieSources(max_bytes=2 * size)
    found = [sources.source("a", clip(0), 8000) for _ in range(3)]
    assert [bool(one.movie) for one in found] == [True, True, False]
    assert sum(map(len, found)) == 2 * size


def test_a_clip_is_encoded_once():
    sources = MovieSources()
    first = sources.source("a", clip(0), 8000)
    assert sources.source("a", clip(200), 8000) is first
    assert sources.source("b", clip(200), 8000) != first


def test_frames_beyond_the_range_are_clipped():
    given = {"video": np.full((1, 16, 16, 3), 500.0), "audio": np.zeros(4000)}
    source = MovieSources().source("a", given, 8000)
    picture = np.asarray(Image.open(io.BytesIO(decoded(source.poster))))
    np.testing.assert_allclose(picture, 255, atol=2)
