"""What the documentation tools have to know of this library.

In Keras's docstrings, what follows "Examples:" is not indented, and comes after
an empty line; tools for Google's docstrings take it for a paragraph. And where
a room exports a function from the file of its name, they see the file alone.
"""

import re

import griffe

_TITLE = re.compile(
    r"(Examples?|Call arguments|Input shape|Output shape|References):"
)
_ANY_TITLE = re.compile(r"[A-Z][A-Za-z ]+:")


class KerasNames(griffe.Extension):
    """Indents such sections, and finds such functions."""

    def on_package(self, *, pkg, loader, **kwargs):
        """Rewrite docstrings, and make what a room exports a member of it."""
        for thing in _own(pkg):
            if thing.docstring is not None:
                lines = thing.docstring.value.split("\n")
                thing.docstring.value = "\n".join(_indented(lines))
        for room in pkg.modules.values():
            found = {
                name: loader.modules_collection[path]
                for name, path in room.imports.items()
                if name in (room.exports or ())
                and path.startswith(f"{pkg.name}.")
            }
            for name, target in found.items():
                room.set_member(name, griffe.Alias(name, target, parent=room))


def _own(thing):
    """An object of the package, and all that is defined inside of it."""
    yield thing
    for member in thing.members.values():
        if not member.is_alias:
            yield from _own(member)


def _indented(lines):
    inside = False
    for number, line in enumerate(lines):
        if _TITLE.fullmatch(line):
            following = [rest for rest in lines[number + 1 :] if rest.strip()]
            inside = bool(following) and not following[0].startswith(" ")
            yield line
        elif inside and _ANY_TITLE.fullmatch(line):
            inside = False
            yield line
        elif (
            inside and lines[number - 1] and _TITLE.fullmatch(lines[number - 1])
        ):
            # The empty line after the title.
            if line.strip():
                yield f"    {line}"
        else:
            yield f"    {line}" if inside and line.strip() else line
