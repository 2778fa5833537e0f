import numpy as np

from keras_av.data.media.frame_spool import FrameSpool


def test_is_a_sequence(tmp_path, monkeypatch):
    # Less than what it is given, so that a file takes the rest.
    monkeypatch.setattr("keras_av.data.media.frame_spool._IN_MEMORY", 1000)
    rng = np.random.default_rng(0)
    frames = [rng.bytes(n) for n in (300, 0, 900, 50)]
    spool = FrameSpool(tmp_path)
    assert len(spool) == 0 and list(spool) == []
    for frame in frames:
        spool.append(frame)
    spool.repeat()
    expected = [*frames, frames[-1]]
    assert len(spool) == 5 and list(spool) == expected
    assert spool[1:3] == expected[1:3] and spool[2] == frames[2]
    spool.append(b"more")
    assert spool[-1] == b"more" and spool[0] == frames[0]
    # It has no name that a killed run would leave.
    assert list(tmp_path.iterdir()) == []
