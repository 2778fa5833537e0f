import json
import logging
import threading

from keras_av.data import ClipReport


def test_counts_and_files():
    report = ClipReport()
    report.add_delivered("a.mp4")
    report.add_delivered("b.mp4", ("too_short", "silent"), masked=True)
    report.add_skipped("c.mp4", "corrupt", "first")
    report.add_skipped("c.mp4", "corrupt", "second")
    counts = report.as_dict()
    assert counts == {
        "read": 4,
        "delivered": 2,
        "skipped": 2,
        "masked": 1,
        "reasons": {"corrupt": 2, "silent": 1, "too_short": 1},
        "files": {
            "b.mp4": {
                "reasons": {"too_short": 1, "silent": 1},
                "message": "",
            },
            "c.mp4": {"reasons": {"corrupt": 2}, "message": "first"},
        },
    }
    assert json.loads(json.dumps(counts)) == counts


def test_a_fault_of_a_clip_that_is_delivered_is_counted_alone():
    report = ClipReport()
    report.add_delivered("a.mp4")
    report.add_fault("a.mp4", "no_transcript")
    report.add_fault("a.mp4", "no_transcript")
    counts = report.as_dict()
    assert (counts["read"], counts["delivered"], counts["skipped"]) == (1, 1, 0)
    assert counts["reasons"] == {"no_transcript": 2}
    assert "a.mp4: no_transcript x 2" in report.summary()


def test_summary_names_some_files_and_counts_the_rest():
    report = ClipReport()
    for number in range(25):
        report.add_skipped(f"{number:02d}.mp4", "missing", "gone")
    text = report.summary()
    assert "25 clips read: 0 delivered, 25 skipped" in text
    assert "19.mp4: missing x 1 (gone)" in text
    assert "20.mp4" not in text and "and 5 more files" in text


def test_each_file_is_logged_once(caplog):
    report = ClipReport()
    with caplog.at_level(logging.INFO, logger="absl"):
        for _ in range(3):
            report.add_skipped("a.mp4", "missing", "gone")
        report.add_delivered("b.mp4", ("silent",), masked=True)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1 and "a.mp4" in messages[0]


def test_threads_do_not_lose_counts():
    report = ClipReport()

    def work():
        for _ in range(500):
            report.add_skipped("a.mp4", "missing", "")
            report.add_delivered("b.mp4", ("silent",), masked=True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = report.as_dict()
    assert counts["skipped"] == counts["masked"] == 2000
    assert counts["reasons"] == {"missing": 2000, "silent": 2000}
