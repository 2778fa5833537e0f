"""Rules: what BUILD files may say."""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any

from keras_av.workspace.annotation import check_annotation
from keras_av.workspace.provider import Provider


class Rule:
    """A function that BUILD files and programs call alike.

    Args:
        function: What does the work. Its keyword-only arguments, annotated,
            are the attributes of a target. If its first argument is
            `output`, a target is built by calling it with a folder; else the
            call only describes something.
        plan: Takes what `function` takes, checks it and returns what
            `function` will return, without doing the work.
        version: Changed when the same attributes give another result.
            Defaults to 1.

    Raises:
        TypeError: If an attribute's annotation is none that a BUILD file can
            have, or what it returns is no `Provider`.

    Examples:

    >>> from keras_av.workspace import Provider, rule
    >>> class Network(Provider):
    ...     pass
    >>> @rule()
    ... def network(*, depth: int = 18) -> Network:
    ...     return Network()
    >>> network.name, network.executes, list(network.attributes)
    ('network', False, ['depth'])
    """

    def __init__(
        self,
        function: Callable[..., Any],
        plan: Callable[..., Any],
        version: int = 1,
    ) -> None:
        self.function = function
        self.plan = plan
        self.version = version
        # For help and documentation it is the function.
        functools.update_wrapper(self, function)
        for name, attribute in self.attributes.items():
            try:
                check_annotation(attribute.annotation)
            except TypeError as error:
                raise TypeError(f"{self.name}({name}): {error}") from None
        if not issubclass(self.provides, Provider):
            raise TypeError(
                f"{self.name}() must be annotated with the Provider that it "
                f"returns. Received: {self.provides}"
            )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        """How BUILD files call it."""
        return self.function.__name__

    @property
    def executes(self) -> bool:
        """Whether a target of it has a folder of its own."""
        return "output" in inspect.signature(self.function).parameters

    @property
    def provides(self) -> type[Provider]:
        """What its targets give."""
        return typing.get_type_hints(self.function)["return"]

    @functools.cached_property
    def attributes(self) -> dict[str, inspect.Parameter]:
        """Its attributes by name, with the annotations resolved."""
        hints = typing.get_type_hints(self.function)
        found = inspect.signature(self.function).parameters
        return {
            name: parameter.replace(annotation=hints[name])
            for name, parameter in found.items()
            if name != "output"
        }


def rule(
    plan: Callable[..., Provider] | None = None, version: int = 1
) -> Callable[[Callable[..., Any]], Any]:
    """Make a function a rule of BUILD files, which stays callable.

    Args:
        plan: Of a function that takes `output`: checks the same arguments
            and returns the same provider, without doing the work; what it
            refuses, by a `ValueError`, is refused before anything runs.
            Defaults to the function itself, for one without `output`.
        version: Changed when the same attributes give another result, so
            that nothing older is taken for it. Defaults to 1.

    Returns:
        A decorator.

    Raises:
        TypeError: While decorating, if an attribute's annotation is none
            that a BUILD file can have, or a function with `output` has no
            `plan`.

    Examples:

    >>> import dataclasses, pathlib
    >>> from keras_av.workspace import Provider, rule
    >>> @dataclasses.dataclass(frozen=True)
    ... class Text(Provider):
    ...     file: pathlib.Path
    >>> def plan(output: pathlib.Path, *, words: str) -> Text:
    ...     if not words:
    ...         raise ValueError("words must not be empty.")
    ...     return Text(output / "words.txt")
    >>> @rule(plan=plan)
    ... def write(output: pathlib.Path, *, words: str) -> Text:
    ...     text = plan(output, words=words)
    ...     text.file.write_text(words)
    ...     return text
    >>> write.executes
    True
    """

    def decorate(function: Callable[..., Any]) -> Rule:
        made = Rule(function, plan or function, version)
        if made.executes != (plan is not None):
            raise TypeError(
                f"{made.name}() must have both an argument `output` and a "
                "plan, or neither."
            )
        return made

    return decorate
