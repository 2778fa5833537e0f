import html
import json
import re

import numpy as np
import pytest

from keras_av.evaluation import mean_and_interval
from keras_av.rules.results import Results
from keras_av.rules.results_page import comparison_page, results_page
from keras_av.workspace.build.target_folder import TargetFolder


def run(folder, table, epochs, num_clips=(), losses=(3, 2)):
    TargetFolder(folder).begin(
        {"rule": "sscl", "attributes": {}},
        {"labels": {"epochs": epochs, "seed": 0}},
    )
    (folder / "table.json").write_text(json.dumps(table))
    (folder / "num_clips.json").write_text(json.dumps(num_clips))
    rows = "".join(f"{k},{loss}\n" for k, loss in enumerate(losses))
    (folder / "log.csv").write_text("epoch,loss\n" + rows)
    return Results(folder)


def tables(page, tmp_path):
    """The cells of each table of a page, by title and by row."""
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    found = {}
    for section in text.split("<section>")[1:]:
        (title,) = re.findall("<h2>(.*?)</h2>", section)
        heads = re.findall('<th scope="col">(.*?)</th>', section)
        rows = re.findall(
            r'<th scope="row">(.*?)</th>((?:<td>.*?</td>)*)</tr>', section
        )
        found[html.unescape(title)] = {
            name: dict(zip(heads, re.findall("<td>(.*?)</td>", cells)))
            for name, cells in rows
        }
    return found, text


def test_columns_of_one_title_are_paired(tmp_path):
    seeds = [f"seed {k}" for k in range(4)]
    first, second = [0.3, 0.5, 0.4, 0.6], [0.35, 0.58, 0.44, 0.67]
    a, b = (
        run(
            tmp_path / name,
            {s: {"knn": v} for s, v in zip(seeds, values)}
            | {"chance": {"knn": 0.1}},
            epochs,
        )
        for name, values, epochs in (("a", first, 3), ("b", second, 5))
    )
    found, text = tables(comparison_page({"a": a, "b": b}), tmp_path)
    assert found["What differs"] == {"epochs": {"a": "3", "b": "5"}}
    assert found["Scores"]["knn"]["b: seed 1"] == "0.580"
    mean, half = mean_and_interval(np.subtract(second, first))
    assert found["Differences to a"] == {
        "knn": {"b, mean of 4": f"{mean:.3f} ± {half:.3f}"}
    }
    # Curves of both, in two colors with their names.
    assert text.count("<polyline") == 2 and text.count('class="key"') == 2


def test_one_column_has_the_interval_of_its_clips(tmp_path):
    a, b = (
        run(
            tmp_path / name,
            {"trained": {"knn": value, "rank": 5.0}},
            3,
            num_clips=[100, 400],
        )
        for name, value in (("a", 0.5), ("b", 0.6))
    )
    found, _ = tables(comparison_page({"a": a, "b": b}), tmp_path)
    shares = np.array([51, 61]) / 102
    half = 1.96 * np.sqrt((shares * (1 - shares)).sum() / 102)
    assert found["Differences to a"] == {
        "knn": {"b: trained": f"0.100 ± {half:.3f}"},
        "rank": {"b: trained": "0.000"},
    }
    assert "What differs" not in found


def test_stages_of_one_run_are_not_averaged(tmp_path):
    a, b = (
        run(
            tmp_path / name,
            {
                "untrained": {"knn": 0.2},
                "trained": {"knn": value},
                "chance": {"knn": 0.1},
            },
            3,
        )
        for name, value in (("a", 0.5), ("b", 0.6))
    )
    found, _ = tables(comparison_page({"a": a, "b": b}), tmp_path)
    assert found["Differences to a"] == {
        "knn": {"b: untrained": "0.000", "b: trained": "0.100"}
    }


def test_runs_that_share_nothing_stand_side_by_side(tmp_path):
    a = run(tmp_path / "a", {"x": {"knn": 0.5}}, 3, losses=(3,))
    b = run(tmp_path / "b", {"y": {"probe": 0.6}}, 3, losses=(3, 2, 1))
    found, _ = tables(comparison_page({"a": a, "b": b}), tmp_path)
    assert found["Scores"]["knn"] == {"a: x": "0.500", "b: y": ""}
    assert not any(title.startswith("Differences") for title in found)


def test_one_folder_has_its_tables_and_curves(tmp_path):
    one = run(tmp_path / "a", {"x": {"knn": [0.5, 0.1]}}, 3)
    found, text = tables(results_page(one), tmp_path)
    assert found["Scores"] == {"knn": {"x": "0.500 ± 0.100"}}
    assert text.count("<polyline") == 1 and 'class="key"' not in text


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_few_clips_that_agree_are_not_certain(tmp_path, value):
    table = {"x": {"knn": value}}
    runs = {
        name: run(tmp_path / name, table, 3, num_clips=[10]) for name in "ab"
    }
    found, _ = tables(comparison_page(runs), tmp_path)
    half = 1.96 * np.sqrt(2 * 11 / 12**3)
    assert found["Differences to a"]["knn"]["b: x"] == f"0.000 ± {half:.3f}"
