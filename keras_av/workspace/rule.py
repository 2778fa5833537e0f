"""Rules: what BUILD files may say."""

import functools
import inspect
import pathlib
import typing
from collections.abc import Callable
from typing import Any

from keras_av.workspace.annotation import check_annotation
from keras_av.workspace.call import Call
from keras_av.workspace.provider import Provider

_OUTPUT = "output"


class Rule:
    """A function that BUILD files and programs call alike; made by `rule`.

    Args:
        function: What does the work. Its keyword-only arguments, annotated,
            are the attributes of a target.
        plan: Of a function whose first argument is `output`: says, of a
            folder and the attributes, what that will be. Defaults to none.
        version: Changed when the same attributes give another result.
            Defaults to 1.

    Raises:
        TypeError: If an attribute's annotation is none that a BUILD file can
            have, what it gives is no `Provider`, or there is a plan and no
            `output`, or the other way round.

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
        plan: Callable[..., Provider] | None = None,
        version: int = 1,
    ) -> None:
        self.function = function
        self.plan = plan or function
        self.version = version
        # For help and documentation it is the function.
        functools.update_wrapper(self, function)
        for name, attribute in self.attributes.items():
            try:
                check_annotation(attribute.annotation)
            except TypeError as error:
                raise TypeError(f"{self.name}({name}): {error}") from None
        provides = self.provides
        if not (isinstance(provides, type) and issubclass(provides, Provider)):
            raise TypeError(
                f"{self.name}() must be annotated with the Provider that it "
                f"gives. Received: {provides}"
            )
        if self.executes != (plan is not None):
            raise TypeError(
                f"{self.name}() must have both an argument {_OUTPUT!r} and a "
                "plan, or neither."
            )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do what a BUILD file's target of these attributes does.

        What was finished is not done again, and what was killed goes on where
        it stopped, if all that it takes was made by rules.

        Args:
            *args: The folder of what is built; nothing, if nothing is.
            **kwargs: The attributes.

        Returns:
            What the rule gives.

        Raises:
            ValueError: If the attributes do not fit, or the folder holds what
                others have made.
        """
        bound = inspect.signature(self.function).bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = bound.arguments
        if not self.executes:
            provider = self.function(**arguments)
            call = Call(self.name, self.version, arguments, provider)
            provider.made_by(call)
            return provider
        folder = pathlib.Path(arguments.pop(_OUTPUT))
        provider = self.plan(folder, **arguments)
        call = Call(self.name, self.version, arguments)
        provider.made_by(call)
        call.run(
            folder, functools.partial(self.function, provider, **arguments)
        )
        return provider

    @property
    def name(self) -> str:
        """How BUILD files call it."""
        return self.function.__name__

    @property
    def executes(self) -> bool:
        """Whether a target of it has a folder of its own."""
        return _OUTPUT in inspect.signature(self.function).parameters

    @property
    def provides(self) -> Any:
        """What its targets give."""
        hints = typing.get_type_hints(self.function)
        return hints.get(_OUTPUT if self.executes else "return")

    @functools.cached_property
    def attributes(self) -> dict[str, inspect.Parameter]:
        """Its attributes by name, with the annotations resolved."""
        hints = typing.get_type_hints(self.function)
        found = inspect.signature(self.function).parameters
        return {
            name: parameter.replace(annotation=hints.get(name))
            for name, parameter in found.items()
            if name != _OUTPUT
        }


def rule(
    plan: Callable[..., Provider] | None = None, version: int = 1
) -> Callable[[Callable[..., Any]], Rule]:
    """Make a function a rule of BUILD files, which stays callable.

    A rule without `output` describes something, and returns it. One with
    `output` makes something, in a folder: `plan` says of the folder what that
    will be, before anything runs, and the function gets it as `output` and
    does the work.

    Args:
        plan: Takes a folder and the attributes, which it checks, and returns
            what will be there; what it refuses, by a `ValueError`, is refused
            before anything runs. Defaults to none, for a function without
            `output`.
        version: Changed when the same attributes give another result, so
            that nothing older is taken for it. Defaults to 1.

    Returns:
        A decorator, which makes a `Rule`.

    Raises:
        TypeError: While decorating, as `Rule` does.

    Examples:

    >>> import dataclasses, os, pathlib, tempfile
    >>> from keras_av.workspace import Provider, rule
    >>> @dataclasses.dataclass(frozen=True)
    ... class Text(Provider):
    ...     folder: pathlib.Path
    >>> def plan(folder: pathlib.Path, *, words: str) -> Text:
    ...     if not words:
    ...         raise ValueError("words must not be empty.")
    ...     return Text(folder)
    >>> @rule(plan=plan)
    ... def write(output: Text, *, words: str) -> None:
    ...     _ = (output.folder / "words.txt").write_text(words)
    >>> text = write(os.path.join(tempfile.mkdtemp(), "a"), words="hello")
    >>> (text.folder / "words.txt").read_text()
    'hello'
    """

    def decorate(function: Callable[..., Any]) -> Rule:
        return Rule(function, plan, version)

    return decorate
