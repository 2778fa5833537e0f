import pytest

from keras_av.data import MediaError
from keras_av.data.clip.media_error import REASONS


@pytest.mark.parametrize("reason", REASONS)
def test_says_its_reason(reason):
    error = MediaError(reason, "words")
    assert error.reason == reason and error.message == "words"
    assert str(error) == f"{reason}: words"


def test_refuses_other_reasons():
    with pytest.raises(ValueError, match="reason must be one of"):
        MediaError("odd", "words")
