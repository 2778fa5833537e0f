"""The rules of the house: imports, sizes, names, documentation."""

import ast
import pathlib
import re
import statistics

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "keras_av"

# From the ground up: a room imports itself and what stands before it.
ROOMS = (
    "ops",
    "losses",
    "metrics",
    "layers",
    "models",
    "training",
    "methods",
    "evaluation",
    "callbacks",
    "report",
    "workspace",
    "rules",
    "cli",
)
# Beside the others; of them it may import only the names of types. It is
# imported by those that put everything together.
DATA = "data"
ABOVE_DATA = ("workspace", "rules", "cli")

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path.name != "__init__.py"]


def tree(path):
    return ast.parse(path.read_text())


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def length(node):
    docstring = ast.get_docstring(node, clean=False) or ""
    return node.end_lineno - node.lineno + 1 - docstring.count("\n")


def test_every_room_is_known():
    rooms = {room(path) for path in FILES} - {"__init__"}
    assert rooms == {*ROOMS, DATA}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_go_down(path):
    own = room(path)
    if own == "__init__":
        return
    below = ROOMS[: ROOMS.index(own) + 1] if own != DATA else ()
    if own in ABOVE_DATA:
        below = (*below, DATA)
    for name in imports(path):
        assert not name.startswith("tests"), name
        if not name.startswith("keras_av."):
            # For its version.
            allowed = own in ABOVE_DATA
            assert name != "keras_av" or allowed, "import what is meant"
            continue
        target = name.split(".")[1]
        allowed = target in below or name == "keras_av.ops.types"
        assert target == own or allowed, f"{own} imports {name}"


def test_imports_have_no_cycle():
    known = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in MODULES
    }
    edges = {
        name: set(imports(path)) & set(known) for name, path in known.items()
    }
    done = set()

    def visit(name, trail):
        assert name not in trail, f"cycle: {[*trail, name]}"
        if name not in done:
            for other in edges[name]:
                visit(other, [*trail, name])
            done.add(name)

    for name in edges:
        visit(name, [])
    assert len(done) == len(MODULES) > 60


def test_sizes():
    counts = {path: path.read_text().count("\n") for path in MODULES}
    assert statistics.median(counts.values()) <= 150
    assert max(counts.values()) <= 500
    lengths = [length(node) for path in MODULES for node in functions(path)]
    assert statistics.median(lengths) <= 12
    assert max(lengths) <= 60


def test_every_module_has_its_test():
    for path in MODULES:
        mirrored = path.relative_to(PACKAGE).with_suffix("")
        test = ROOT / "tests" / f"{mirrored}_test.py"
        if not functions(path):
            continue
        assert test.exists() or _is_private(path), f"{path} lacks {test}"


def _is_private(path):
    """Whether a module is a part of a tested one in the same room."""
    exported = (path.parent / "__init__.py").read_text()
    return f"{path.parent.name}.{path.stem} import" not in exported


def exported():
    """Every class and function that a room's `__init__` exports."""
    for init in PACKAGE.rglob("__init__.py"):
        for node in tree(init).body:
            if not isinstance(node, ast.ImportFrom):
                continue
            path = ROOT / (node.module.replace(".", "/") + ".py")
            if not path.exists():
                continue
            names = {alias.name for alias in node.names}
            for item in tree(path).body:
                if getattr(item, "name", None) in names:
                    yield pytest.param(
                        item, path, id=f"{path.stem}.{item.name}"
                    )


@pytest.mark.parametrize("item, path", exported())
def test_what_is_public_is_documented(item, path):
    docstring = ast.get_docstring(item) or ""
    first = docstring.split("\n")[0]
    assert 10 < len(first) <= 80 and first.endswith("."), first
    # What a rule that trains or measures does, the targets in configs/ show.
    if "output" not in _argument_names(item):
        assert "Examples:\n" in docstring and ">>>" in docstring
    signature = _signature(item)
    if signature is None:
        return
    for name in _argument_names(item):
        # A rule says once for all methods what these are.
        if name in ("output", "run"):
            continue
        assert re.search(rf"^ +{name}: ", docstring, re.M), name


def _argument_names(item):
    signature = _signature(item)
    if signature is None:
        return []
    return [
        a.arg
        for a in (*signature.args.args, *signature.args.kwonlyargs)
        if a.arg not in ("self", "cls")
    ]


def _signature(item):
    if isinstance(item, ast.FunctionDef):
        return item
    for node in item.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return node
    return None


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_the_library_does_not_assert_or_swallow(path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Assert), node.lineno
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(x, ast.Pass) for x in node.body)
            assert not silent, node.lineno


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_everything_is_annotated(path):
    for node in functions(path):
        arguments = (*node.args.args, *node.args.kwonlyargs)
        for argument in arguments:
            if argument.arg in ("self", "cls"):
                continue
            assert argument.annotation is not None, (node.name, argument.arg)
        if node.name != "__init__":
            assert node.returns is not None, node.name


def test_importing_needs_no_media_library():
    import subprocess
    import sys

    code = (
        "import sys, keras_av; "
        "loaded = {'av', 'soundfile', 'sklearn', 'tensorflow_datasets'}; "
        "sys.exit(bool(loaded & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_examples_are_short():
    paths = sorted((ROOT / "examples").glob("*.py"))
    assert len(paths) >= 5
    for path in paths:
        text = path.read_text()
        assert text.count("\n") <= 150, path
        # Each shows the whole job.
        assert "keras_av.rules" not in text and "common" not in text, path
        assert ".fit(" in text or path.name == "prepare.py", path
