"""Names of targets."""

import dataclasses
import re

_NAME = r"[\w.=+-]+"
_PACKAGE = rf"{_NAME}(?:/{_NAME})*"
_ABSOLUTE = re.compile(rf"//({_PACKAGE})?(?::({_NAME}))?")
_RELATIVE = re.compile(rf":?({_NAME})")
# Names become folders, whose names file systems limit to 255 bytes.
_MOST_BYTES = 200


@dataclasses.dataclass(frozen=True, order=True)
class Label:
    """The name of a target: a package and a name in it.

    Args:
        package: Folder of the BUILD file below the workspace, with forward
            slashes; empty for the workspace itself.
        name: Name of the target.

    Examples:

    >>> from keras_av.workspace import Label
    >>> str(Label.parse("//configs/sscl:stage2"))
    '//configs/sscl:stage2'
    >>> str(Label.parse("//configs/sscl")), str(Label.parse(":a", "configs"))
    ('//configs/sscl:sscl', '//configs:a')
    """

    package: str
    name: str

    def __str__(self) -> str:
        return f"//{self.package}:{self.name}"

    @classmethod
    def parse(cls, text: str, package: str = "") -> "Label":
        """Parse a label.

        Args:
            text: `"//package:name"`, `":name"`, or `"//package"`, whose last
                part is also the name.
            package: Package of `":name"`. Defaults to the workspace itself.

        Raises:
            ValueError: If the text is not a label, or a name in it is longer
                than 200 bytes.
        """
        if found := _ABSOLUTE.fullmatch(text):
            folder, name = found[1] or "", found[2]
            label = cls(folder, name or folder.rpartition("/")[2])
        elif found := _RELATIVE.fullmatch(text):
            label = cls(package, found[1])
        else:
            label = cls("", "")
        # Both become folders: dots alone would lead to others.
        names = [*label.package.split("/"), label.name]
        for name in names:
            if len(name.encode()) > _MOST_BYTES:
                raise ValueError(
                    f"The name {name!r} of {len(name.encode())} bytes is too "
                    "long: the folder of a result is named after it. Choose "
                    f"a name of at most {_MOST_BYTES} bytes."
                )
        if label.name and all(n.strip(".") for n in names if n):
            return label
        raise ValueError(
            f'{text!r} is not a label. Write "//package:name" or ":name".'
        )
