"""Commands that search a folder with a trained model."""

import dataclasses
import pathlib
from typing import Any

from keras_av.data import ClipSpec, Manifest, MediaError, clips, read_clip
from keras_av.evaluation import EmbeddingIndex
from keras_av.evaluation import embed as embed_clip
from keras_av.methods.contrastive.two_tower import TwoTower
from keras_av.report import RunPage
from keras_av.rules import Model
from keras_av.workspace import ConfigError
from keras_av.workspace.build.output import folder_of
from keras_av.workspace.graph.node import Node

_BATCH_SIZE = 32
_RESULTS = 8
# What a modality is searched for in.
_OTHER = {"audio": "video", "video": "audio"}


def embed(node: Node, folder: str, output: str | None) -> list[str]:
    """Write the embeddings of the videos of a folder.

    Args:
        node: Target of the model.
        folder: Path of the folder.
        output: Path of the `.npz` file.

    Returns:
        A line that says how many there are.

    Raises:
        ConfigError: If the model is not built or has not both towers, the
            folder holds no videos, or there is no output.
    """
    if not output:
        raise ConfigError("write --output=EMBEDDINGS.npz")
    model, spec = _load(node)
    index = _index(model, spec, folder)
    index.save(output)
    heard = int(index.audio.any(axis=-1).sum())
    return [f"{output}: {len(index.path)} videos, {heard} with sound"]


def search(
    node: Node,
    place: str,
    sound: str | None,
    video: str | None,
    output: str | None,
) -> list[str]:
    """Find clips by a sound, or sounds by a clip, and write a page of them.

    Args:
        node: Target of the model.
        place: Path of a folder of videos, or of what `embed` wrote.
        sound: Path of a file with the sound to search by.
        video: Path of a video with the frames to search by.
        output: Path of the page. Defaults to `search.html`.

    Returns:
        A line for each clip that was found, and where the page is.

    Raises:
        ConfigError: If the model is not built or has not both towers, a file
            cannot be read, or not one of sound and video is given.
    """
    if (sound is None) == (video is None):
        raise ConfigError("write --sound=FILE or --video=FILE")
    query, modality = (sound, "audio") if sound else (video, "video")
    model, spec = _load(node)
    asked = _read(str(query), spec, heard_only=sound is not None)
    if pathlib.Path(place).is_dir():
        index = _index(model, spec, place)
    else:
        try:
            index = EmbeddingIndex.load(place)
        except ValueError as error:
            raise ConfigError(str(error)) from error
    embedding = embed_clip(model, asked[modality], modality)
    found = index.search(embedding, _OTHER[modality], _RESULTS)
    page = RunPage(f"{place}, searched by {query}")
    results = [
        {**_read(path, spec), "text": f"{path}, {cosine:.3f}"}
        for path, cosine in found
    ]
    asked["text"] = str(query)
    page.add_results(
        f"What {pathlib.Path(str(query)).name} finds",
        asked,
        results,
        spec.sampling_rate,
    )
    written = pathlib.Path(output or "search.html")
    page.write(written)
    lines = [f"{cosine:6.3f}  {path}" for path, cosine in found]
    return [*lines, f"{written}: the clips, to play"]


def _load(node: Node) -> tuple[TwoTower, ClipSpec]:
    """The trained model of a target, and the clips that it takes."""
    provider = node.provider
    if not isinstance(provider, Model):
        raise ConfigError(f"{node.label} is no model: write --model=LABEL")
    if not folder_of(node).is_finished:
        raise ConfigError(
            f"{node.label} is not built: keras_av build {node.label}, with the "
            "same options"
        )
    model = provider.load_method()
    if not isinstance(model, TwoTower) or "video" not in model.modalities:
        raise ConfigError(
            f"{node.label} is a {type(model).__name__}, without a video and an "
            "audio tower: write --model=LABEL of a contrastive one"
        )
    return model, provider.clip_spec.spec


def _index(model: TwoTower, spec: ClipSpec, folder: str) -> EmbeddingIndex:
    try:
        files = Manifest.from_folder(folder)
        paths = [files.full_path(row) for row in range(len(files))]
        dataset = clips(files, spec, _BATCH_SIZE, cache=False)
        batches = dataset.as_numpy_iterator()
        return EmbeddingIndex.from_clips(model, batches, paths)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _read(
    path: str, spec: ClipSpec, heard_only: bool = False
) -> dict[str, Any]:
    """The middle clip of a file."""
    if heard_only:
        spec = dataclasses.replace(spec, num_frames=0)
    try:
        clip = read_clip(path, spec)
    except MediaError as error:
        raise ConfigError(f"{path}: {error}") from error
    if heard_only and not clip.has_audio:
        raise ConfigError(f"{path} has no sound")
    return {"video": clip.video, "audio": clip.audio}
