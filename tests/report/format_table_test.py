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


def test_the_number_of_clips_and_what_they_are_too_few_for():
    columns = {
        "one": {"knn": 0.25, "probe": 0.75, "rank": 3.0, "cost": 0.5},
        "two": {"knn": (0.2, 0.1), "probe": 0.1, "note": "none"},
        "chance": {"knn": 0.125, "probe": 0.125, "rank": 8.0},
    }
    plain = format_table(columns)
    assert format_table(columns, 16).splitlines() == [
        *plain.splitlines(),
        "",
        "Test clips: 16",
        "Too few to tell from chance: one, knn; two, probe",
    ]
    # More of them tell more.
    assert format_table(columns, 16000).endswith("Test clips: 16000")
    del columns["chance"]
    assert format_table(columns, 16).endswith("\n\nTest clips: 16")
