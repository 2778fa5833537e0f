import pytest

from keras_av.layers.sound.check_matrix import check_matrix


def test_names_what_the_size_depends_on():
    check_matrix(20_000, 1000, size=20_000)
    with pytest.raises(ValueError, match="Received size=20001, other=3: a "):
        check_matrix(20_001, 1000, size=20_001, other=3)


def test_up_to_20_million_numbers():
    check_matrix(20_000_000, 1)
    with pytest.raises(ValueError, match="at most 20,000,000"):
        check_matrix(20_000_001, 1)
