"""Work on many files as an Apache Beam pipeline."""

import contextlib
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Job = TypeVar("Job")


class BeamWorkers:
    """Runs the work of `prepare` and `scan` as an Apache Beam pipeline.

    Given as `num_workers`, it takes the place of processes of this machine:
    each job is an element of a pipeline, which Flink, Spark or Dataflow
    spreads over many machines. Results, shards and checksums are those of
    processes. The files, the folder of a prepared set and this library have to
    be at the same paths on all workers.

    A pipeline that was killed is run again by the same call, which does only
    what is left: `prepare` keeps the shards that are done. Jobs that a runner
    does twice write the same.

    The package comes with `pip install "keras_av[beam]"`, best in an
    environment of its own, since it asks for other versions of what TensorFlow
    needs.

    Args:
        options: Options of the pipeline, as on the command line of Beam, such
            as `["--runner=FlinkRunner", "--flink_master=host:8081"]`. Defaults
            to processes of this machine, one for each CPU.
        folder: Folder or URL that all workers can write, for results on their
            way. Defaults to a temporary folder of this machine.

    Examples:

    >>> from keras_av.data import BeamWorkers
    >>> BeamWorkers(["--runner=DirectRunner"], "/shared/results").folder
    '/shared/results'
    """

    def __init__(
        self,
        options: Sequence[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ):
        if isinstance(options, str):
            raise ValueError(
                "options must be a sequence of strings. Received: "
                f"{options!r}. Write [{options!r}]."
            )
        self.options = local_options() if options is None else list(options)
        self.folder = None if folder is None else os.fspath(folder)

    def run(
        self, work: Callable[[Job], Any], jobs: Sequence[Job]
    ) -> Iterator[tuple[int, Any]]:
        """Do each job; yield its number and result when all are done.

        Args:
            work: A function of a module that returns what JSON can hold.
            jobs: Arguments of its calls.

        Raises:
            ImportError: If Apache Beam is not installed.
            Exception: Whatever `work` or the runner raises.
        """
        beam = _import_beam()
        with contextlib.ExitStack() as stack:
            folder = self.folder
            if folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
            # Of no other run, nor of one that was killed.
            prefix = f"{folder.rstrip('/')}/results-{uuid.uuid4().hex}"
            options = beam.options.pipeline_options.PipelineOptions(
                self.options
            )
            with beam.Pipeline(options=options) as pipeline:
                (
                    pipeline
                    | beam.Create(list(enumerate(jobs)))
                    # Without it one worker would do all that was created.
                    | beam.Reshuffle()
                    | beam.Map(_line, work=work)
                    | beam.io.WriteToText(prefix)
                )
            yield from _read(beam, prefix)


def local_options() -> list[str]:
    """Options for processes of this machine, one for each CPU."""
    return [
        "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
        "--direct_running_mode=multi_processing",
        "--direct_num_workers=0",
    ]


def _line(numbered: tuple[int, Job], work: Callable[[Job], Any]) -> str:
    number, job = numbered
    return json.dumps([number, work(job)])


def _read(beam: Any, prefix: str) -> Iterator[tuple[int, Any]]:
    """The results; their files are removed."""
    systems = beam.io.filesystems.FileSystems
    [match] = systems.match([f"{prefix}*"])
    paths = [found.path for found in match.metadata_list]
    for path in paths:
        with systems.open(path) as file:
            for line in file.read().decode("utf-8").splitlines():
                number, result = json.loads(line)
                yield number, result
    systems.delete(paths)


def _import_beam() -> Any:
    try:
        import apache_beam
    except ImportError as error:
        raise ImportError(
            "BeamWorkers needs Apache Beam. Install it with "
            "`pip install 'keras_av[beam]'`, best in an environment of its own."
        ) from error
    return apache_beam
