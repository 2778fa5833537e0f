"""The rules of the house: imports, sizes, names, documentation."""

import ast
import fnmatch
import functools
import importlib
import pathlib
import re
import statistics

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
    "export",
    "report",
    "callbacks",
    "workspace",
    "rules",
    "cli",
)
# Beneath all rooms: what loads their names on first use.
BENEATH = "on_demand"
# Beside the others; of them it may import only what needs no Keras. It is
# imported by those that put everything together.
DATA = "data"
BELOW_DATA = (
    "keras_av.ops.is_disk_full",
    "keras_av.ops.own_errors",
    "keras_av.ops.progress",
    "keras_av.ops.types",
    "keras_av.ops.write_whole",
)
ABOVE_DATA = ("workspace", "rules", "cli")

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path.name != "__init__.py"]


@functools.cache
def tree(path):
    return ast.parse(path.read_text())


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: import by the whole name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = [name for name in names if name in NAMES]
            # A module of a room, or what a module or a room holds.
            yield from modules
            if len(modules) < len(names):
                yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
    yield from places(path)


def places(path):
    """Names that a room loads on demand, by the module that they are in."""
    for call in calls(path, "load_on_demand"):
        if len(call.args) == 2 and isinstance(call.args[1], ast.Dict):
            return ast.literal_eval(call.args[1])
    return {}


def calls(path, *names):
    """Calls of functions by these names, whatever they are reached by."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name in names:
                yield node


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


NAMES = {dotted(path): path for path in FILES}


@functools.cache
def functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def length(node):
    docstring = ast.get_docstring(node, clean=False) or ""
    return node.end_lineno - node.lineno + 1 - docstring.count("\n")


def test_every_room_is_known():
    rooms = {room(path) for path in FILES} - {"__init__", BENEATH}
    assert rooms == {*ROOMS, DATA}


def every(rule, things):
    """Breaches of a rule, each with what breaks it, in one message."""
    breaches = []
    for thing in things:
        try:
            rule(*thing) if isinstance(thing, tuple) else rule(thing)
        except AssertionError as error:
            breaches.append(f"{_said(thing)}: {error}")
    assert not breaches, "\n".join(breaches)


def _said(thing):
    if isinstance(thing, tuple):
        item, path = thing
        return f"{path}: {item.name}"
    return str(thing)


def imports_go_down(path):
    own = room(path)
    if own in ("__init__", BENEATH):
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
        if target == BENEATH:
            continue
        allowed = target in below or name in BELOW_DATA
        assert target == own or allowed, f"{own} imports {name}"


def test_imports_go_down():
    every(imports_go_down, FILES)


def floors(edges):
    """Node -> the longest way down from it, in nodes; refuses circles."""
    found = {}

    def floor(node, trail):
        assert node not in trail, f"circle: {[*trail, node]}"
        if node not in found:
            below = [floor(n, [*trail, node]) for n in edges[node] - {node}]
            found[node] = 1 + max(below, default=0)
        return found[node]

    for node in edges:
        floor(node, [])
    return found


def test_imports_have_no_circle():
    edges = {
        name: set(imports(path)) & set(NAMES) for name, path in NAMES.items()
    }
    assert len(floors(edges)) == len(FILES) > 60


def test_own_modules_are_imported_by_name():
    for path in FILES:
        if path == PACKAGE / "__init__.py":
            # Rooms on first use.
            continue
        for node in calls(path, "import_module", "__import__"):
            assert "keras_av" not in ast.unparse(node), (path, node.lineno)


def data_room(name):
    """The room of `data` that a module is in; its doors are their own."""
    return name.split(".")[2]


def test_data_has_few_floors():
    inside = [n for n in NAMES if n.startswith("keras_av.data.")]
    edges = {data_room(name): set() for name in inside}
    for name in inside:
        for other in set(imports(NAMES[name])) & set(inside):
            edges[data_room(name)].add(data_room(other))
    assert max(floors(edges).values()) <= 6, floors(edges)


def test_folders_are_small():
    for folder in {path.parent for path in FILES}:
        modules = [p for p in folder.glob("*.py") if p.stem != "__init__"]
        assert len(modules) <= 25, folder


def test_a_set_is_asked_what_it_is():
    for folder in ("keras_av", "examples", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in calls(path, "isinstance"):
                kinds = ast.unparse(node.args[1])
                assert "PreparedSet" not in kinds, (path, node.lineno)


def test_public_names_are_declared():
    every(names_are_declared, [p for p in FILES if p.name == "__init__.py"])


def names_are_declared(path):
    module = importlib.import_module(dotted(path))
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    if path == PACKAGE / "__init__.py":
        assert {*ROOMS, DATA} - {"cli"} == {*module.__all__} - {"__version__"}
        return
    exported = set()
    for block in for_type_checkers(path):
        assert imported(block) == places(path)
    for name in sum(places(path).values(), []):
        assert hasattr(module, name), name
        exported.add(name)
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom):
            if node.module.startswith(dotted(path)):
                exported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            exported |= {target.id for target in node.targets}
    assert exported - {"__all__"} == set(module.__all__)
    if exported - {"__all__"}:
        assert dir(module) == sorted(module.__all__)


def for_type_checkers(path):
    for node in tree(path).body:
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) == "TYPE_CHECKING"
            yield node


def imported(block):
    """Names that are imported at the top of a block, by their module."""
    return {
        node.module: [alias.name for alias in node.names]
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }


def test_sizes():
    counts = {path: path.read_text().count("\n") for path in MODULES}
    assert statistics.median(counts.values()) <= 120
    lengths = [length(node) for path in MODULES for node in functions(path)]
    assert statistics.median(lengths) <= 12
    for path in MODULES:
        assert counts[path] <= 400, path
        for node in functions(path):
            assert length(node) <= 50, (path, node.name)


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
        modules = {**imported(tree(init)), **places(init)}
        for module, names in modules.items():
            path = ROOT / (module.replace(".", "/") + ".py")
            if not path.exists():
                continue
            for item in tree(path).body:
                if getattr(item, "name", None) in names:
                    yield item, path


def test_no_folder_of_tests_is_left_out(pytestconfig):
    """By default pytest does not look into folders that are called build."""
    left_out = pytestconfig.getini("norecursedirs")
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*_test.py")]:
        for name in path.relative_to(ROOT).parts[:-1]:
            assert not any(fnmatch.fnmatch(name, p) for p in left_out), path


def test_what_is_public_is_documented():
    found = list(exported())
    assert len(found) > 150
    every(is_documented, found)


def is_documented(item, path):
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


def test_the_library_does_not_assert_or_swallow():
    every(does_not_assert_or_swallow, MODULES)


def does_not_assert_or_swallow(path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Assert), node.lineno
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(x, ast.Pass) for x in node.body)
            assert not silent, node.lineno


def test_everything_is_annotated():
    every(is_annotated, MODULES)


def is_annotated(path):
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
        trains_nothing = path.name in ("prepare.py", "export_student.py")
        assert ".fit(" in text or trains_nothing, path
