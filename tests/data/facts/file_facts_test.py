import numpy as np
import soundfile

from keras_av.data.facts.file_facts import file_facts
from keras_av.data.plumbing.fingerprints import sha256


def test_a_video_with_sound(numbered):
    path = str(numbered(24))
    facts = file_facts(path)
    assert (facts["status"], facts["message"]) == ("ok", "")
    assert (facts["num_frames"], facts["frame_rate"]) == (24, 16.0)
    assert abs(facts["duration"] - 1.5) < 0.1 and facts["has_audio"]
    assert facts["sha256"] == sha256(path)
    assert not file_facts(str(numbered(24, sound=False)))["has_audio"]


def test_sound_alone(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros(8000), 16000)
    facts = file_facts(str(path))
    assert facts["status"] == "ok" and facts["has_audio"]
    assert facts["duration"] == 0.5 and facts["num_frames"] == 0


def test_bad_files_have_a_reason(numbered, tmp_path):
    whole = numbered(48).read_bytes()
    contents = {
        "empty.mp4": b"",
        "text.mp4": b"no video " * 100,
        "half.mp4": whole[: len(whole) // 2],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        facts = file_facts(str(tmp_path / name))
        assert facts["status"] != "ok" and facts["message"], name
        assert facts["num_bytes"] == len(content)
    missing = file_facts(str(tmp_path / "nowhere.mp4"))
    assert (missing["status"], missing["num_bytes"]) == ("missing", -1)
