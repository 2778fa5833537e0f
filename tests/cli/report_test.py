import json

import pytest

from keras_av.cli.report import follow, report
from keras_av.workspace import ConfigError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stage1").mkdir()
    log = "epoch,loss,phase\n0,3.5,0\n1,2.5,1\n"
    (tmp_path / "stage1" / "log.csv").write_text(log)
    table = {"trained": {"knn": 0.75}, "mean": {"knn": [0.5, 0.125]}}
    (tmp_path / "table.json").write_text(json.dumps(table))
    return tmp_path


def test_what_a_run_has_left_is_on_one_page(folder):
    (line,) = report([str(folder)])
    page = (folder / "report.html").read_text("utf-8")
    for said in (
        "0.750",
        "0.500 ± 0.125",
        "While training: stage1",
        "<polyline",
    ):
        assert said in page
    assert line == f"{folder / 'report.html'}: 1 tables, 1 logs"


def test_no_page_is_replaced(folder):
    report([str(folder)])
    with pytest.raises(ConfigError, match="--output"):
        report([str(folder)])
    report([str(folder)], str(folder / "other.html"))
    assert (folder / "other.html").exists()


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="neither a log.csv"):
        report([str(tmp_path)])
    (tmp_path / "table.json").write_text("[1, 2]")
    with pytest.raises(ConfigError, match="no results"):
        report([str(tmp_path)])
    assert not (tmp_path / "report.html").exists()


def test_a_run_is_followed(folder, monkeypatch, capsys):
    page, log = folder / "report.html", folder / "stage1" / "log.csv"
    seen = []

    def sleep(seconds):
        seen.append(page.stat().st_mtime_ns)
        if len(seen) == 2:
            with open(log, "a") as file:
                file.write("2,0.0625,1\n")
        elif len(seen) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        follow(str(folder))
    # Written, left as it was, and written again.
    assert seen[0] == seen[1] < seen[2]
    text = page.read_text("utf-8")
    assert "0.0625, epochs 1 to 3" in text
    assert '<meta http-equiv="refresh" content="10">' in text
    assert str(page) in capsys.readouterr().out


def test_what_is_not_there_yet_is_waited_for(tmp_path, monkeypatch):
    def sleep(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        follow(str(tmp_path))
    assert not (tmp_path / "report.html").exists()
