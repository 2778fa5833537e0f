"""Tables of the documentation are the result files, as they stand."""

import importlib.util
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def publish():
    path = ROOT / "benchmarks" / "publish.py"
    spec = importlib.util.spec_from_file_location("publish", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_table_is_put_where_its_name_is(tmp_path):
    (tmp_path / "one.txt").write_text("a  b\n\n1  2\n")
    text = "before\n\n<!-- results: one -->\n\n    old\n\n<!-- end -->\n\nafter"
    found = publish().published(text, tmp_path)
    assert found == text.replace("    old", "    a  b\n\n    1  2")
    assert publish().published(found, tmp_path) == found


def test_the_pages_show_the_results():
    pages = publish().PAGES
    texts = [page.read_text("utf-8") for page in pages]
    assert [publish().published(text) for text in texts] == texts
    shown = "".join(texts)
    for path in RESULTS.glob("*.txt"):
        assert f"<!-- results: {path.stem} -->" in shown


def test_every_result_has_a_target():
    builds = (ROOT / "configs").glob("*/BUILD")
    text = "".join(path.read_text("utf-8") for path in builds)
    for path in RESULTS.glob("*.txt"):
        assert re.search(rf'name = "{path.stem}"', text), path.stem
