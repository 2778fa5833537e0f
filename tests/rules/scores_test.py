"""What was measured."""

from keras_av.rules import Scores


def test_what_was_saved_is_read(tmp_path, capsys):
    Scores(tmp_path).save({"a": 0.5, "b": 2.0}, {"a": 0.25})
    scores = Scores(tmp_path)
    assert scores.values() == {"a": 0.5, "b": 2.0}
    assert scores.chance() == {"a": 0.25}
    said = capsys.readouterr().out
    assert said == "a: 0.500 (chance: 0.250)\nb: 2.000\n"
