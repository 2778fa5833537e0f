"""Rules: functions for BUILD files and Python."""

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
    """A function for BUILD files and Python, made by the decorator `rule`.

    Args:
        function: Function that does the work. Its annotated keyword-only
            arguments are the attributes of a target.
        plan: Function of a folder and the attributes that returns the future
            `output`, for a function whose first argument is `output`. Defaults
            to none.
        version: Number to increase when the same attributes give another
            result. Defaults to 1.
        attributes: Attributes by name, if they differ from the signature of
            the function. Defaults to those of the signature.
        kinds: Kinds of its targets. Defaults to the names of the annotated
            `Provider` and its bases.
        path: Names of attributes that are the path of what must exist, or one
            that is a target on whose path it depends. Defaults to none.
        digests: Whether its providers digest what is there. Defaults to False.

    Raises:
        TypeError: If attributes cannot have one of the annotations, the result
            is not a `Provider`, or only one of plan and `output` is given.

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
        path: Sequence[str] = (),
        digests: bool = False,
    ) -> None:
        self.function = function
        self.plan = plan or function
        # help() and documentation show the function.
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
            tuple(path),
            digests,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the result of a target with these attributes.

        If all arguments were made by rules, a finished result is reused, and
        an interrupted one resumes.

        Args:
            *args: Folder of the result, if the rule has one.
            **kwargs: Attributes.

        Returns:
            The provider of the result.

        Raises:
            ValueError: If an attribute is invalid, or the folder contains
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
                digest = None if self.executes else provider.digest()
                return content_of(self.spec, arguments, digest)
            except UnknownKeyError:
                return None

        provider.keep_key(lambda: (c := content()) and content_key(c))
        if folder is not None:
            work = functools.partial(self.function, provider, **arguments)
            self._run(folder, content(), work)
        return provider

    @property
    def name(self) -> str:
        """Name of the rule in BUILD files."""
        return self.spec.name

    @property
    def executes(self) -> bool:
        """Whether its targets make files in a folder."""
        return self.spec.executes

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """Its attributes by name."""
        return self.spec.attributes

    def _fitting(self, name: str, value: Any) -> Any:
        """An attribute converted to the type that it has in BUILD files."""

        def resolve(kind: str, provider: Any) -> Provider:
            if isinstance(provider, Provider) and kind in provider.kinds:
                return provider
            raise ValueError(
                f"expected a {kind} made by a rule. Received: {provider!r}"
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
        """Do the work in a folder, only once if its content is known."""
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            work()
            return

        def report(event: str) -> None:
            if event == "waiting":
                print(f"{path} is being made by another process", flush=True)

        make_once(TargetFolder(path), content, work, report=report)


class LazyRule:
    """A rule whose implementation is loaded on demand.

    Args:
        spec: Specification of the rule.
        load: Function of the name that returns the rule; called when the
            provider of a target is asked for.
    """

    def __init__(self, spec: RuleSpec, load: Callable[[str], Rule]) -> None:
        self.spec = spec
        self._load = load

    @property
    def function(self) -> Callable[..., Any]:
        """Function that does the work."""
        return self._load(self.spec.name).function

    @property
    def plan(self) -> Callable[..., Provider]:
        """Function that describes the future result."""
        return self._load(self.spec.name).plan


def rule(
    plan: Callable[..., Provider] | None = None,
    version: int = 1,
    path: Sequence[str] = (),
    digests: bool = False,
) -> Callable[[Callable[..., Any]], Rule]:
    """Make a function a rule of BUILD files that can also be called.

    A rule without `output` returns a description. A rule with `output` makes
    files in a folder: `plan` describes the future result before anything runs,
    and the function gets it as `output` and does the work.

    Args:
        plan: Function that takes a folder and the attributes, checks them, and
            returns the future `output`. A `ValueError` that it raises is
            reported before anything runs. Defaults to none, for a function
            without `output`.
        version: Number to increase when the same attributes give another
            result, so that older results are not reused. Defaults to 1.
        path: Names of attributes that are the path of what must exist, or one
            that is a target on whose path it depends. Defaults to none.
        digests: Whether its providers digest what is there. Defaults to False.

    Returns:
        A decorator, which makes a `Rule`.

    Raises:
        TypeError: If the function is not a valid rule, like `Rule`.

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
        return Rule(function, plan, version, path=path, digests=digests)

    return decorate


def _kinds(function: Callable[..., Any], executes: bool) -> tuple[str, ...]:
    """Kinds of the targets of a function."""
    hints = typing.get_type_hints(function)
    provider = hints.get(_OUTPUT if executes else "return")
    if isinstance(provider, type) and issubclass(provider, Provider):
        return kinds_of(provider) or (provider.__name__,)
    raise TypeError(
        f"{function.__name__}() must be annotated with the Provider that it "
        f"returns. Received: {provider}"
    )
