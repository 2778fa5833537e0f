"""Means and intervals over seeds."""

import json

import pytest
from scipy import stats

from keras_av.evaluation import mean_and_interval
from keras_av.rules import Scores, intervals, report

SEEDS = ((0.5, 0.7), (0.6, 0.9), (0.4, 0.5))


def make_reports(tmp_path, seeds, num_clips=None):
    made = []
    for seed, pair in enumerate(seeds):
        columns = {}
        for name, value in zip(("plain", "taught"), pair):
            folder = tmp_path / f"{name}{seed}"
            folder.mkdir()
            values = {"accuracy": value}
            Scores(folder).save(values, {"accuracy": 0.1}, num_clips)
            columns[name] = [Scores(folder)]
        made.append(report(tmp_path / f"report{seed}", columns=columns))
    return made


@pytest.fixture
def reports(tmp_path):
    return make_reports(tmp_path, SEEDS)


def test_means_and_leads(tmp_path, reports):
    found = intervals(tmp_path / "x", reports=reports, baseline="plain")
    text = found.summary()
    for values in zip(*SEEDS):
        mean, half = mean_and_interval(values)
        assert f"{mean:.3f} ± {half:.3f}" in text
    mean, half = mean_and_interval([b - a for a, b in SEEDS])
    above, below = text.split("Over plain, seed by seed:")
    assert f"{mean:.3f} ± {half:.3f}" in below and "plain" not in below
    seeds = json.loads((tmp_path / "x" / "seeds.json").read_text())["seeds"]
    assert [one["taught"]["accuracy"] for one in seeds] == [0.7, 0.9, 0.5]


def test_names_what_is_significant(tmp_path):
    seeds = ((0.5, 0.7), (0.6, 0.81), (0.4, 0.59))
    found = intervals(
        tmp_path / "x", reports=make_reports(tmp_path, seeds), baseline="plain"
    )
    value = stats.ttest_1samp([b - a for a, b in seeds], 0.0).pvalue
    text = found.summary().split("Beyond chance")[1]
    assert "3 seeds" in text and "over 1" in text
    assert f"taught, accuracy: p = {value:.3f}" in text


def test_says_where_seeds_are_too_few(tmp_path, reports):
    # Leads of 0.2, 0.3 and 0.1: p = 0.07.
    found = intervals(tmp_path / "x", reports=reports, baseline="plain")
    assert "none: too few to tell" in found.summary()


def test_a_baseline_alone_has_no_leads(tmp_path):
    alone = make_reports(tmp_path, [seed[:1] for seed in SEEDS])
    found = intervals(tmp_path / "x", reports=alone, baseline="plain")
    assert "Beyond chance" not in found.summary()


def test_mistakes_are_refused(tmp_path, reports):
    with pytest.raises(ValueError, match="two or more, one per seed"):
        intervals(tmp_path / "x", reports=reports[:1])
    with pytest.raises(ValueError, match="baseline must be one of"):
        intervals(tmp_path / "x", reports=reports, baseline="other")


def test_names_what_is_not_told_from_chance(tmp_path):
    seeds = ((0.05, 0.7), (0.12, 0.8), (0.08, 0.75))
    made = make_reports(tmp_path, seeds, num_clips=40)
    text = intervals(tmp_path / "x", reports=made).summary()
    assert "Test clips: 40\n" in text
    assert "Too few to tell from chance: plain, accuracy\n" in text
