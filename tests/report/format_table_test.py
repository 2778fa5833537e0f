from keras_av.report import format_table


def test_a_measurement_that_a_column_lacks_stays_blank():
    table = format_table({"one": {"a": 1.0}, "two": {"a": 2.0, "bb": 0.25}})
    assert table.split("\n") == [
        "           one         two",
        "a        1.000       2.000",
        "bb                   0.250",
    ]


def test_intervals_widen_their_column():
    table = format_table({"one": {"a": 1.0}, "two": {"a": (2.0, 0.25)}})
    assert table.split("\n") == [
        "          one            two",
        "a       1.000  2.000 ± 0.250",
    ]
