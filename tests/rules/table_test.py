"""The table of all rules."""

import ast
import subprocess
import sys

import pytest

from keras_av.rules import RULES
from keras_av.rules.table import FOLDER, written

_READ = """
import sys
from keras_av.cli.session import Session

session = Session(".", defines=["scale=smoke"])
graph = session.graph()
packages = set(graph.workspace.packages("configs"))
# It has rules of its own, in Python.
for package in packages - {"configs/features"}:
    for target in graph.workspace.package(package).values():
        graph.read(target.label)
print("keras" in sys.modules, "tensorflow" in sys.modules)
"""


@pytest.fixture(scope="module")
def texts():
    return written()


def test_they_are_up_to_date(texts):
    # `make rules` writes them.
    for name, text in texts.items():
        found = (FOLDER / name).read_text()
        if name.endswith(".json"):
            assert found == text, name
        else:
            same = ast.dump(ast.parse(found)) == ast.dump(ast.parse(text))
            assert same, f"{name}: run make rules"


def test_a_rule_is_found_where_it_stands(texts):
    exported = "from keras_av.rules.networks import ("
    assert exported in texts["__init__.py"]
    # What a module imports is not exported from there.
    row = next(x for x in texts["__init__.py"].splitlines() if exported in x)
    assert "resnet_backbone" in row and "rescaling" not in row
    assert '"_check_preprocessor"' not in texts["__init__.py"]
    for name, rule in RULES.items():
        assert rule.name == name


def test_editors_know_every_rule(texts):
    defined = {
        node.name: node
        for node in ast.parse(texts["__init__.pyi"]).body
        if isinstance(node, ast.FunctionDef)
    }
    assert set(defined) == set(RULES)
    for name, rule in RULES.items():
        names = [one.arg for one in defined[name].args.kwonlyargs]
        assert names == list(rule.attributes)


def test_build_files_are_read_without_keras():
    root = FOLDER.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", _READ], cwd=root, capture_output=True, text=True
    )
    assert done.stdout == "False False\n", done.stderr
