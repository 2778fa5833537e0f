"""Labels."""

import pytest

from keras_av.workspace import Label


@pytest.mark.parametrize(
    "text, package, expected",
    [
        ("//configs/sscl:stage2", "", "//configs/sscl:stage2"),
        ("//configs/sscl", "other", "//configs/sscl:sscl"),
        (":stage2", "configs/sscl", "//configs/sscl:stage2"),
        ("stage2", "configs/sscl", "//configs/sscl:stage2"),
        ("//:all-of.it=2+1", "", "//:all-of.it=2+1"),
    ],
)
def test_parse(text, package, expected):
    label = Label.parse(text, package)
    assert str(label) == expected
    assert Label.parse(str(label)) == label


@pytest.mark.parametrize(
    "text",
    [
        *("", "//", ":", "//a:b:c", "//a//b", "/a:b", "//../a:b", "a b"),
        *("..", ".", ":...", "//a:..", "//a/..", "//a/./b:c", "//..:a"),
    ],
)
def test_what_is_no_label_is_refused(text):
    with pytest.raises(ValueError, match='Write "//package:name"'):
        Label.parse(text)


@pytest.mark.parametrize("text", ["//a:{}", "//a/{}:b", ":{}", "//{}"])
@pytest.mark.parametrize("letter, most", [("n", 200), ("\u00e4", 100)])
def test_names_that_no_folder_can_have_are_refused(text, letter, most):
    assert Label.parse(text.format(letter * most))
    message = f"The name '{letter * (most + 1)}' of .* too long"
    with pytest.raises(ValueError, match=message):
        Label.parse(text.format(letter * (most + 1)))
