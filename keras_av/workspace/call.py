"""One call of a rule, and what its result depends on."""

import functools
import os
import pathlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras_av.workspace.content import content_key, environment
from keras_av.workspace.provider import Provider
from keras_av.workspace.record import Record


class Call:
    """One call of a rule, and what its result depends on.

    Args:
        rule: Name of the rule.
        version: Of the rule.
        arguments: What it was called with.
        provider: What it gave, if it describes something. Defaults to none:
            it makes something.
    """

    def __init__(
        self,
        rule: str,
        version: int,
        arguments: Mapping[str, Any],
        provider: Provider | None = None,
    ) -> None:
        self._rule = rule
        self._version = version
        self._arguments = dict(arguments)
        self._provider = provider

    @functools.cached_property
    def content(self) -> dict[str, Any] | None:
        """What the result depends on; `None` if nobody can tell."""
        try:
            attributes = _plain(self._arguments)
        except _UnknownError:
            return None
        content = {
            "rule": self._rule,
            "version": self._version,
            "attributes": attributes,
        }
        if self._provider is None:
            return {**content, "environment": environment()}
        return {**content, "digest": self._provider.digest()}

    def run(self, folder: pathlib.Path, work: Callable[[], None]) -> None:
        """Do the work in a folder, unless it has been done there.

        Args:
            folder: Of its own.
            work: What there is to do.

        Raises:
            ValueError: If the folder holds something else.
        """
        record, start = Record(folder), time.monotonic()
        if self.content is None:
            folder.mkdir(parents=True, exist_ok=True)
            work()
            return
        if record.is_begun:
            self._check(record)
        if not record.is_finished:
            record.begin(self.content)
            work()
            record.finish(time.monotonic() - start)

    def _check(self, record: Record) -> None:
        asked, found = _flat(self.content or {}), _flat(record.content())
        other = [
            name
            for name in sorted(asked.keys() | found.keys())
            if asked.get(name) != found.get(name)
        ]
        if other:
            raise ValueError(
                f"{str(record.folder)!r} holds what was made with another "
                f"{', '.join(other)}. Name another folder, or remove this one."
            )


class _UnknownError(Exception):
    """Something was not made by rules."""


def _plain(value: Any) -> Any:
    """An attribute with the keys of providers in their places."""
    if isinstance(value, Provider):
        if value.call is None or value.call.content is None:
            raise _UnknownError
        return content_key(value.call.content)
    if isinstance(value, Mapping):
        return {str(k): _plain(one) for k, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise _UnknownError


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes and versions beside the rest."""
    flat = {**content}
    return {
        **flat.pop("attributes", {}),
        **flat.pop("environment", {}),
        **flat,
    }
