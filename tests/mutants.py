"""Mutants of the library against the tests that mirror them.

    python -m tests.mutants --rooms=losses,layers --count=20 --seed=0

A mutant is one file with one change: an operator, a comparison, a number, a
boolean, a negation, an argument or a statement left out, or a gradient that is
not stopped. In a copy of the tree it meets the test of its file; what survives
is a hole in that test, or equivalent, which EQUIVALENT proves in a line.

mutmut runs mutants in forks of one process, which TensorFlow and JAX do not
survive; cosmic-ray runs one command for all, where here each has its own test.
"""

import argparse
import ast
import copy
import difflib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROOMS = ("losses", "layers", "methods", "training", "callbacks", "data")
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.txt"
SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def changes(node):
    """The changes of one node, as functions that return another node."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
        yield lambda n: _with(n, op=SWAPPED[type(n.op)]())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield lambda n: _with(n, ops=[SWAPPED[type(n.ops[0])](), *n.ops[1:]])
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield lambda n: ast.Constant(not n.value)
        elif isinstance(node.value, int | float):
            yield lambda n: ast.Constant(n.value + 1)
    if isinstance(node, ast.If):
        yield lambda n: _with(n, test=ast.UnaryOp(ast.Not(), n.test))
    if isinstance(node, ast.Call):
        if getattr(node.func, "attr", None) == "stop_gradient":
            yield lambda n: n.args[0]
        if node.keywords:
            yield lambda n: _with(n, keywords=n.keywords[:-1])
    if isinstance(node, ast.AugAssign | ast.Expr) and not isinstance(
        getattr(node, "value", None), ast.Constant
    ):
        yield lambda n: ast.Pass()


def _with(node, **fields):
    """A node with other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def mutants(path):
    """Texts of all mutants of a file; those of its errors are left out."""
    tree = ast.parse(path.read_text())
    number = 0
    while True:
        copied, seen, done = copy.deepcopy(tree), [0], [False]

        class Change(ast.NodeTransformer):
            def visit_Raise(self, node):
                return node

            def visit(self, node, wanted=number, seen=seen, done=done):
                for change in changes(node):
                    seen[0] += 1
                    if seen[0] == wanted + 1:
                        done[0] = True
                        return ast.copy_location(change(node), node)
                return super().visit(node)

        changed = Change().visit(copied)
        if not done[0]:
            return
        yield ast.unparse(ast.fix_missing_locations(changed)) + "\n"
        number += 1


def test_of(path):
    """The test that mirrors a file, or those of its folder."""
    mirror = ROOT / "tests" / path.relative_to(ROOT / "keras_av")
    test = mirror.with_name(f"{path.stem}_test.py")
    return test if test.exists() else mirror.parent


def drawn(room, count, seed):
    """Mutants of a room, the files in turn by chance."""
    draw = random.Random(f"{room} {seed}")
    files = sorted((ROOT / "keras_av" / room).rglob("*.py"))
    files = [path for path in files if path.name != "__init__.py"]
    pool = [(path, text) for path in files for text in mutants(path)]
    return draw.sample(pool, min(count, len(pool)))


def survives(tree, path, text, limit):
    """Whether the test of a file passes on a mutant in a copy of the tree."""
    place = tree / path.relative_to(ROOT)
    original = place.read_text()
    place.write_text(text)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:warnings"]
    command.append(str(test_of(path).relative_to(ROOT)))
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    try:
        run = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            capture_output=True,
            timeout=limit,
        )
        return run.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        place.write_text(original)


def difference(path, text):
    before = ast.unparse(ast.parse(path.read_text())).splitlines()
    lines = difflib.unified_diff(before, text.splitlines(), n=0, lineterm="")
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rooms", default=",".join(ROOMS))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    known = EQUIVALENT.read_text() if EQUIVALENT.exists() else ""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv*", "out", "*.pyc")
        shutil.copytree(ROOT, tree, ignore=ignored)
        for room in options.rooms.split(","):
            counts = {"killed": 0, "survived": 0, "equivalent": 0}
            for path, text in drawn(room, options.count, options.seed):
                lines = difference(path, text)
                verdict = "killed"
                if "\n".join(lines) in known:
                    verdict = "equivalent"
                elif survives(tree, path, text, options.limit):
                    verdict = "survived"
                counts[verdict] += 1
                print(f"{verdict:10} {path.relative_to(ROOT)}")
                print("".join(f"    {line}\n" for line in lines), flush=True)
            print(f"{room}: {counts}", flush=True)


if __name__ == "__main__":
    main()
