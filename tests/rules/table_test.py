"""The table of all rules."""

import ast
import subprocess
import sys

from keras_av.rules import RULES
from keras_av.rules.table import FOLDER, STUB, TABLE, stub, table

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


def test_it_is_up_to_date():
    # `make rules` writes both.
    assert (FOLDER / TABLE).read_text() == table()
    written = ast.parse((FOLDER / STUB).read_text())
    assert ast.dump(written) == ast.dump(ast.parse(stub()))


def test_editors_know_every_rule():
    defined = {
        node.name: node
        for node in ast.parse(stub()).body
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
