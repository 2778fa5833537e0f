"""Mutants of the library against the tests that mirror them.

    python -m tests.mutants --rooms=losses,layers --count=20 --seed=0

A mutant is one file with one change: an operator, a comparison, a number, a
boolean, a negation, an argument or a statement left out, or a gradient that is
not stopped. In a copy of the tree it meets the test of its file, which has to
pass without it, and that of the defaults that docstrings state. The table says
what stopped a mutant: a test that fails, an error of import, the time, or a
crash. What survives is a hole in that test, or equivalent, which EQUIVALENT
proves in a line.

mutmut 3.8 forks each mutant off a process, and TensorFlow and JAX have threads
that no fork keeps; cosmic-ray 8.7 has one test command for all files, where
here each has its own test. Neither leaves out a `stop_gradient`.
"""

import argparse
import ast
import collections
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
BACKENDS = ("tensorflow", "jax", "torch")
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.txt"
DEFAULTS = ROOT / "tests" / "house" / "defaults_test.py"
# What pytest's exit status says of a mutant; else it was a crash.
OUTCOMES = {0: "survived", 1: "failing test", 4: "import error"}
# That of a test which is for another backend.
NOTHING_RAN = 5
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
    """Texts of all mutants of a file that compile, but for its errors."""
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
        number += 1
        try:
            text = ast.unparse(ast.fix_missing_locations(changed)) + "\n"
            compile(text, path.name, "exec")
        except (SyntaxError, ValueError):
            continue
        yield text


def test_of(path):
    """The test that mirrors a file, or those of its folder."""
    mirror = ROOT / "tests" / path.relative_to(ROOT / "keras_av")
    test = mirror.with_name(f"{path.stem}_test.py")
    return test if test.exists() else mirror.parent


def backend_of(path):
    """The backend that a file is for; else that of the environment."""
    named = [name for name in BACKENDS if path.stem.startswith(name)]
    return named[0] if named else os.environ.get("KERAS_BACKEND", "tensorflow")


def drawn(room, count, seed):
    """Mutants of a room, the files in turn by chance."""
    draw = random.Random(f"{room} {seed}")
    files = sorted((ROOT / "keras_av" / room).rglob("*.py"))
    files = [path for path in files if path.name != "__init__.py"]
    pool = [(path, text) for path in files for text in mutants(path)]
    return draw.sample(pool, min(count, len(pool)))


def outcome(tree, path, limit, test=None):
    """How a test, by default that of a file, ends in a copy of the tree."""
    test, end = test or test_of(path), "crash"
    for backend in dict.fromkeys([backend_of(path), "tensorflow"]):
        command = [sys.executable, "-m", "pytest", "-x", "-q"]
        if test.is_dir():
            # Of a whole folder the slow tests would take an hour.
            usual = os.environ.get("KERAS_BACKEND", "tensorflow")
            there = "" if backend == usual else "backend and "
            command += ["-m", f"{there}not slow"]
        try:
            run = subprocess.run(
                [*command, str(test.relative_to(ROOT))],
                cwd=tree,
                env={
                    **os.environ,
                    "KERAS_BACKEND": backend,
                    "PYTHONPATH": str(tree),
                },
                capture_output=True,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return "timeout"
        if run.returncode == NOTHING_RAN:
            continue
        end = OUTCOMES.get(run.returncode, "crash")
        if b"ERROR collecting" in run.stdout:
            end = "import error"
        # What one backend leaves alone may be for TensorFlow.
        if end != "survived":
            break
    return end


def verdict(tree, path, text, limit):
    """What becomes of a mutant."""
    place = tree / path.relative_to(ROOT)
    original = place.read_text()
    place.write_text(text)
    try:
        end = outcome(tree, path, limit)
        if end == "survived":
            # A default that its docstring does not state.
            end = outcome(tree, path, limit, DEFAULTS)
        return end
    finally:
        place.write_text(original)


def check_unchanged(tree, paths, limit):
    """Refuse tests that fail without any mutant."""
    by_run = {(test_of(path), backend_of(path)): path for path in paths}
    found = {
        run: outcome(tree, path, limit) for run, path in sorted(by_run.items())
    }
    wrong = [
        f"{test.relative_to(ROOT)} on {backend}: {end}"
        for (test, backend), end in found.items()
        if end != "survived"
    ]
    if wrong:
        sys.exit("Without a mutant these do not pass:\n" + "\n".join(wrong))


def description(path, text):
    """File of a mutant and the lines that differ, as EQUIVALENT has them."""
    before = ast.unparse(ast.parse(path.read_text())).splitlines()
    lines = difflib.unified_diff(before, text.splitlines(), n=0, lineterm="")
    changed = [line for line in list(lines)[2:] if not line.startswith("@@")]
    return "\n".join([str(path.relative_to(ROOT)), *changed])


def copy_of_tree(folder):
    """A copy in which tests find the data beside the repository, too."""
    tree = folder / "tree"
    ignored = shutil.ignore_patterns(".git", ".venv*", "out", "*.pyc")
    shutil.copytree(ROOT, tree, ignore=ignored)
    if (ROOT.parent / "shared").exists():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rooms", default=",".join(ROOMS))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    known = EQUIVALENT.read_text() if EQUIVALENT.exists() else ""
    rooms = options.rooms.split(",")
    chosen = {room: drawn(room, options.count, options.seed) for room in rooms}
    with tempfile.TemporaryDirectory() as folder:
        tree = copy_of_tree(pathlib.Path(folder))
        paths = [path for pairs in chosen.values() for path, _ in pairs]
        check_unchanged(tree, paths, options.limit)
        for room, pairs in chosen.items():
            counts = collections.Counter()
            for path, text in pairs:
                what = description(path, text)
                end = "equivalent"
                if what not in known:
                    end = verdict(tree, path, text, options.limit)
                counts[end] += 1
                print(f"{end:12} {what}", flush=True)
            table = ", ".join(f"{n} {end}" for end, n in counts.most_common())
            print(f"{room}: {table}\n", flush=True)


if __name__ == "__main__":
    main()
