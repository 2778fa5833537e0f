"""Rules: what BUILD files and programs call alike."""

import functools
import inspect
import pathlib
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras_av.workspace.attributes.attribute import Attribute, attributes_of
from keras_av.workspace.build.engine import make_once
from keras_av.workspace.build.key import (
    UnknownKeyError,
    content_key,
    content_of,
)
from keras_av.workspace.build.target_folder import TargetFolder
from keras_av.workspace.provider import Provider, kinds_of
from keras_av.workspace.rule_spec import RuleSpec

_OUTPUT = "output"


class Rule:
    """A function that BUILD files and programs call alike; made by `rule`.

    Args:
        function: Function that does the work. Its keyword-only arguments,
            annotated, are the attributes of a target.
        plan: For a function whose first argument is `output`: takes a folder
            and the attributes and returns what that will be. Defaults to
            none.
        version: Number that changes when the same attributes give another
            result. Defaults to 1.
        attributes: Attributes by name, for a function that takes others than
            its signature says. Defaults to those of the signature.
        kinds: What its targets may be taken for. Defaults to the names of
            the annotated `Provider` and its bases.

    Raises:
        TypeError: An annotation is none that an attribute can have, the
            result is no `Provider`, or there is a plan and no `output`, or
            the other way round.

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
        attributes: Mapping[str, Attribute] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> None:
        self.function = function
        self.plan = plan or function
        # Help and documentation show the function.
        functools.update_wrapper(self, function)
        parameters = inspect.signature(function).parameters
        executes = _OUTPUT in parameters
        if executes != (plan is not None):
            raise TypeError(
                f"{function.__name__}() must have both an argument "
                f"{_OUTPUT!r} and a plan, or neither."
            )
        if attributes is None:
            attributes = attributes_of(function, leave_out=(_OUTPUT,))
        self.spec = RuleSpec(
            function.__name__,
            tuple(kinds or _kinds(function, executes)),
            executes,
            version,
            attributes,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do what a target with these attributes does.

        What is finished is not repeated, and what was interrupted resumes, if
        everything that it takes was made by rules.

        Args:
            *args: Folder of the result; nothing for a rule without.
            **kwargs: Attributes.

        Returns:
            What the rule gives.

        Raises:
            ValueError: An attribute does not fit, or the folder holds
                another result.
        """
        bound = inspect.signature(self).bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        folder = given.pop(_OUTPUT, None)
        arguments = {
            name: self._fitting(name, value) for name, value in given.items()
        }
        if folder is None:
            provider = self.function(**arguments)
        else:
            folder = pathlib.Path(folder)
            provider = self.plan(folder, **arguments)

        @functools.cache
        def content() -> dict[str, Any] | None:
            try:
                described = None if self.executes else provider
                return content_of(self.spec, arguments, described)
            except UnknownKeyError:
                return None

        provider.keep_key(lambda: (c := content()) and content_key(c))
        if folder is not None:
            work = functools.partial(self.function, provider, **arguments)
            self._run(folder, content(), work)
        return provider

    @property
    def name(self) -> str:
        """Name by which BUILD files call it."""
        return self.spec.name

    @property
    def executes(self) -> bool:
        """Whether a target of it has a folder of its own."""
        return self.spec.executes

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """Its attributes by name."""
        return self.spec.attributes

    def _fitting(self, name: str, value: Any) -> Any:
        """An attribute with the type that it has in BUILD files, too."""

        def resolve(kind: str, provider: Any) -> Provider:
            if isinstance(provider, Provider) and kind in provider.kinds:
                return provider
            raise ValueError(
                f"expected a {kind}, as its rules give. Received: {provider!r}"
            )

        try:
            return self.attributes[name].type.convert(value, resolve)
        except ValueError as error:
            raise ValueError(f"{self.name}(): {name}: {error}") from None

    def _run(
        self,
        path: pathlib.Path,
        content: dict[str, Any] | None,
        work: Callable[[], None],
    ) -> None:
        """Do the work in a folder, once if its content is known."""
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            work()
            return

        def report(event: str) -> None:
            if event == "waiting":
                print(f"{path} is being made by another process", flush=True)

        make_once(TargetFolder(path), content, work, report=report)


class LazyRule:
    """A rule of which the specification is known, and the rest on demand.

    Args:
        spec: Specification of the rule.
        load: Gives all rules by name; called when a target is analysed.
    """

    def __init__(
        self, spec: RuleSpec, load: Callable[[], Mapping[str, Rule]]
    ) -> None:
        self.spec = spec
        self._load = load

    @property
    def function(self) -> Callable[..., Any]:
        """Function that does the work."""
        return self._load()[self.spec.name].function

    @property
    def plan(self) -> Callable[..., Provider]:
        """Function that says what there will be."""
        return self._load()[self.spec.name].plan


def rule(
    plan: Callable[..., Provider] | None = None, version: int = 1
) -> Callable[[Callable[..., Any]], Rule]:
    """Make a function a rule of BUILD files, which stays callable.

    A rule without `output` describes something, and returns it. One with
    `output` makes something, in a folder: `plan` says of the folder what that
    will be, before anything runs, and the function gets it as `output` and
    does the work.

    Args:
        plan: Takes a folder and the attributes, checks them, and returns what
            will be there; what it refuses by a `ValueError` is refused before
            anything runs. Defaults to none, for a function without `output`.
        version: Number to change when the same attributes give another
            result, so that no older one is taken for it. Defaults to 1.

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


def _kinds(function: Callable[..., Any], executes: bool) -> tuple[str, ...]:
    """What the targets of a function may be taken for."""
    hints = typing.get_type_hints(function)
    provider = hints.get(_OUTPUT if executes else "return")
    if isinstance(provider, type) and issubclass(provider, Provider):
        return kinds_of(provider) or (provider.__name__,)
    raise TypeError(
        f"{function.__name__}() must be annotated with the Provider that it "
        f"gives. Received: {provider}"
    )
