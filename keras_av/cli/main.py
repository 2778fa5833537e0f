"""keras_av: experiments from BUILD files.

    keras_av init FOLDER        write a workspace that fits a folder of videos
    keras_av train              build its model and report: all that follows
    keras_av embed FOLDER       embeddings of videos: --output=X.npz
    keras_av search FOLDER      what a sound or a video finds in a folder, or in
                                X.npz: --sound=FILE or --video=FILE
    keras_av scan FOLDER        list the files: length, sound, faults
    keras_av data check FOLDER  decode all files; report faults, silence, and
                                what has no clips as in --clips=//:clips
    keras_av prepare            decode the files of a workspace once

    keras_av build LABEL...     build targets and their dependencies
    keras_av list [LABEL...]    list targets and their build status
    keras_av graph LABEL...     show the dependencies of targets
    keras_av describe LABEL     show a target with all its attributes
    keras_av why LABEL          explain why a target is out of date
    keras_av clean LABEL...     remove outputs that no current target uses
    keras_av report FOLDER...   write the page of a run, finished or not, or of
                                several side by side; --follow: while it runs
    keras_av convert FILE       make a preset of published weights of PyTorch:
                                --from=torchvision:r2plus1d_18 --output=PRESET
    keras_av version            show the versions in use

A LABEL is //folder:name, such as //:report. //folder:all selects all targets
of a BUILD file, //folder/... all below a folder. First steps, of minutes:

    keras_av init my_videos --workspace=mine && cd mine
    keras_av train --define=scale=smoke
    keras_av search ../my_videos --sound=x.wav --define=scale=smoke

BUILD files define targets and can do nothing else. Python files of rules that
they load are programs: all but version, init, scan, report, convert and data
without --clips run them, list and describe too. Read them before you use a
workspace of a stranger.

list, graph, describe and why check names and types alone, and start no backend
but for rules in Python. build, also with --dry_run, checks values, too.

The backend is that of Keras: KERAS_BACKEND=jax keras_av build ... Outputs are
in out/<backend>/<folder>/<name>/latest. The exit status is 0 on success, 1 if
a target failed, and 2 if the BUILD files or the options are invalid.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

from absl import flags

from keras_av.cli.run_program import run_program

FLAGS = flags.FLAGS
flags.DEFINE_multi_string(
    "set", [], "LABEL.attribute=value, overriding the BUILD file."
)
flags.DEFINE_multi_string(
    "define", [], "name=value, looked up by define() and select()."
)
flags.DEFINE_string(
    "workspace",
    None,
    "Folder of the BUILD files. Default: that of WORKSPACE; init: this one.",
)
flags.DEFINE_string("out", None, "Folder for outputs. Default: out in it.")
flags.DEFINE_bool(
    "keep_going", False, "build: continue with targets that can be built."
)
flags.DEFINE_bool(
    "dry_run", False, "build, clean: only show what would be done."
)
flags.DEFINE_bool(
    "follow", False, "report: write the page anew while the run goes on."
)
flags.DEFINE_bool("all", False, "clean: also remove up-to-date outputs.")
flags.DEFINE_string(
    "output",
    None,
    "graph: path of a picture, .svg or .png; data, report, search: of a page; "
    "scan: of a CSV file; embed: of an .npz file; convert: folder.",
)
flags.DEFINE_string(
    "model", "//:model", "embed, search: label of a contrastive model."
)
flags.DEFINE_string(
    "clips", None, "data: label of a clip_spec that is to be read."
)
flags.DEFINE_string("sound", None, "search: path of what is heard.")
flags.DEFINE_string("video", None, "search: path of what is seen.")
flags.DEFINE_string(
    "from", None, "convert: publisher and network, such as panns:cnn14."
)

# Exit statuses.
FAILED, WRONG = 1, 2


def build(texts: Sequence[str]) -> int:
    """Build targets."""
    from keras_av.workspace import Builder
    from keras_av.workspace.build.output import state

    targets, labels = _asked_for(texts)
    builder = Builder(targets, FLAGS.keep_going, log=_say)
    if FLAGS.dry_run:
        for node in builder.plan(labels):
            if node.output is not None:
                _say(f"{state(node):10}  {node.label}  {node.key}")
        return 0
    if not builder.build(labels):
        return FAILED
    for label in labels:
        if summary := targets.node(label).provider.summary():
            _say("", summary)
    return 0


def init(texts: Sequence[str]) -> int:
    """Write a workspace that fits a folder."""
    from keras_av.cli import folder

    return _say(*folder.init(_only(texts, "init FOLDER"), FLAGS.workspace))


def scan(texts: Sequence[str]) -> int:
    """Look at the files of a folder."""
    from keras_av.cli import folder

    return _say(*folder.scan(_only(texts, "scan FOLDER"), FLAGS.output))


def prepare(texts: Sequence[str]) -> int:
    """Decode the files of a workspace once."""
    return build(texts or ["//:prepared"])


def train(texts: Sequence[str]) -> int:
    """Build the report of a workspace, and its model before."""
    return build(texts or ["//:report"])


def embed(texts: Sequence[str]) -> int:
    """Write the embeddings of the videos of a folder."""
    from keras_av.cli.search import embed as embed_folder

    folder = _only(texts, "embed FOLDER --output=X.npz")
    return _say(*embed_folder(_node(FLAGS.model), folder, FLAGS.output))


def search(texts: Sequence[str]) -> int:
    """Find clips by a sound, or sounds by a clip."""
    from keras_av.cli.search import search as search_folder

    place = _only(texts, "search FOLDER --sound=FILE")
    node, page = _node(FLAGS.model), FLAGS.output
    return _say(*search_folder(node, place, FLAGS.sound, FLAGS.video, page))


def list_targets(texts: Sequence[str]) -> int:
    """Name targets."""
    from keras_av.cli import show

    return _say(*show.list_targets(*_read(texts or ["//..."])))


def graph(texts: Sequence[str]) -> int:
    """Show the dependencies of targets."""
    from keras_av.cli import show

    targets, labels = _read(texts)
    return _say(*show.show_graph(targets, labels, FLAGS.output))


def describe(texts: Sequence[str]) -> int:
    """Show targets with all their attributes."""
    from keras_av.cli import show

    targets, labels = _read(texts)
    for label in labels:
        _say(*show.describe(targets, label))
    return 0


def why(texts: Sequence[str]) -> int:
    """Explain why targets are out of date."""
    from keras_av.cli import show

    targets, labels = _read(texts)
    for label in labels:
        _say(*show.why(targets, label))
    return 0


def clean(texts: Sequence[str]) -> int:
    """Remove outputs that no current target uses."""
    from keras_av.workspace.build.output import outdated_folders, remove_folder

    targets, labels = _read(texts)
    for label in labels:
        for folder in outdated_folders(targets, label, FLAGS.all):
            if not FLAGS.dry_run:
                remove_folder(folder)
            _say(f"removed {folder}" if not FLAGS.dry_run else str(folder))
    return 0


def data(texts: Sequence[str]) -> int:
    """Decode all files of a folder."""
    from keras_av.cli.check_data import check_data
    from keras_av.workspace import ConfigError

    if len(texts) != 2 or texts[0] != "check":
        raise ConfigError("write keras_av data check FOLDER")
    spec = None
    if FLAGS.clips is not None:
        clips = _node(FLAGS.clips)
        if "Clips" not in clips.provider.kinds:
            raise ConfigError(f"{FLAGS.clips} is no clip_spec")
        spec = clips.provider.spec
    return _say(*check_data(texts[1], spec, FLAGS.output))


def report(texts: Sequence[str]) -> int:
    """Write the page of a run."""
    from keras_av.cli.report import follow
    from keras_av.cli.report import report as write_page

    if FLAGS.follow:
        follow(_only(texts, "report FOLDER --follow"), FLAGS.output)
    if not texts:
        _only(texts, "report FOLDER...")
    return _say(*write_page(texts, FLAGS.output))


def convert(texts: Sequence[str]) -> int:
    """Make a preset of published weights."""
    from keras_av.cli.convert import convert as make_preset

    file = _only(texts, "convert FILE --from=... --output=...")
    return _say(*make_preset(FLAGS["from"].value, file, FLAGS.output))


def version(_: Sequence[str]) -> int:
    """Show the versions in use."""
    from keras_av.workspace.build.environment import environment, version_of

    found = environment()
    backend = found.pop("backend")
    return _say(
        f"keras_av {found['keras_av']}",
        f"keras {found['keras']}",
        f"{backend} {version_of(backend)}",
    )


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "init": init,
    "train": train,
    "embed": embed,
    "search": search,
    "scan": scan,
    "data": data,
    "prepare": prepare,
    "build": build,
    "list": list_targets,
    "graph": graph,
    "describe": describe,
    "why": why,
    "clean": clean,
    "report": report,
    "convert": convert,
    "version": version,
}
# Commands that start no backend, unless a file of rules does.
READING = {"list", "graph", "describe", "why", "clean", "version"}


def main(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: Name of the program, the command and its arguments.

    Returns:
        The exit status.
    """
    # TensorFlow warns about retracing, but every model has its own functions.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if len(arguments) < 2:
        _say(__doc__ or "")
        return WRONG
    name, *texts = arguments[1:]
    # Imported late: --help does not need it.
    from keras_av.cli.quiet_start import quiet_start
    from keras_av.workspace import ConfigError
    from keras_av.workspace.labels.did_you_mean import did_you_mean

    try:
        if name not in COMMANDS:
            there = f"write {', '.join(COMMANDS)}"
            hint = did_you_mean(name, COMMANDS, there)
            raise ConfigError(f"there is no command {name!r}; {hint}")
        if name not in READING:
            quiet_start()
        return COMMANDS[name](texts)
    except ConfigError as error:
        for message in error.args:
            print(f"ERROR: {message}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("Stopped. Run the same command to resume.", file=sys.stderr)
        return 130


def run() -> None:
    """Run the command given on the command line."""
    # absl shows the docstring of the program for --help.
    sys.modules["__main__"].__doc__ = __doc__
    run_program(main)


def _only(texts: Sequence[str], usage: str) -> str:
    """The one argument of a command."""
    from keras_av.workspace import ConfigError

    if len(texts) != 1:
        raise ConfigError(f"write keras_av {usage}")
    return texts[0]


def _node(text: str) -> Any:
    """The one target of an option."""
    targets, labels = _asked_for([text])
    return targets.node(labels[0])


def _asked_for(texts: Sequence[str]) -> tuple[Any, ...]:
    """The graph, and the labels on the command line, checked for a build."""
    return _read(texts, load=True)


def _read(texts: Sequence[str], load: bool = False) -> tuple[Any, ...]:
    """The graph, and the labels on the command line."""
    from keras_av.cli.session import Session, labels_of
    from keras_av.workspace import ConfigError

    if not texts:
        raise ConfigError("name a target, such as //configs/sscl:report")
    session = Session(FLAGS.workspace, FLAGS.out, FLAGS.define, FLAGS.set)
    targets = session.graph()
    labels = labels_of(targets, texts)
    targets.check(labels, load)
    return targets, labels


def _say(*lines: str) -> Any:
    for line in lines:
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    run()
