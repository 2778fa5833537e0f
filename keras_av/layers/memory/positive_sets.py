"""Sets of other clips that are positives of a clip."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.memory.agreeing_rows import (
    Agreement,
    agreeing_rows,
    check_agreement,
)
from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.state import add_state
from keras_av.ops.rows import read_rows
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class PositiveSets(keras.layers.Layer):
    """For each training clip the others that agree with it most.

    Before `mine` there are none. Clips whose rows have not been written, such
    as silent ones, are in no set and have none, unless only the other modality
    is asked.

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        num_rows: Number of clips; every `index` is in `[0, num_rows)`.
        num_positives: Number of clips in a set. Defaults to 32.
        agreement: `"consensus"`, `"union"`, `"video"` or `"audio"`; see
            `keras_av.layers.agreeing_rows`. Defaults to `"consensus"`.

    Call arguments:
        index: Integers in `[0, num_rows)`, `(batch,)`.

    Returns:
        The sets, int32 `(batch, num_positives)`, in ascending order, and
        whether there are such, booleans `(batch,)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import MemoryBank, PositiveSets
    >>> video, audio = (MemoryBank(4, 2, momentum=0.0) for _ in range(2))
    >>> index = np.arange(4)
    >>> rows = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], "float32")
    >>> for bank in (video, audio):
    ...     bank.update(index, rows)
    >>> sets = PositiveSets(num_rows=4, num_positives=1)
    >>> sets.mine(video, audio)
    >>> [int(row) for row in sets(index)[0][:, 0]]
    [1, 0, 3, 2]
    """

    def __init__(
        self,
        num_rows: int,
        num_positives: int = 32,
        agreement: Agreement = "consensus",
        **kwargs: object,
    ):
        super().__init__(**kwargs)
        if not 0 < num_positives < num_rows - 1:
            raise ValueError(
                "num_positives must be positive, and less than the number of "
                "other clips, so that there are negatives. Received: "
                f"num_positives={num_positives}, num_rows={num_rows}"
            )
        check_agreement(agreement)
        self.num_rows = num_rows
        self.num_positives = num_positives
        self.agreement = agreement
        self.rows = add_state(
            self, "rows", (num_rows, num_positives), "zeros", "int32"
        )
        # 1 for clips that have a set.
        self.mined = add_state(self, "mined", (num_rows,), "zeros")
        self.built = True

    def mine(self, video_bank: MemoryBank, audio_bank: MemoryBank) -> None:
        """Find the sets anew, from the rows of two banks.

        Args:
            video_bank: Bank of the video embeddings.
            audio_bank: Bank of the audio embeddings.

        Raises:
            ValueError: If too few clips have been seen.
        """
        usable = np.ones(self.num_rows, bool)
        for modality, bank in (("video", video_bank), ("audio", audio_bank)):
            if self.agreement in ("consensus", "union", modality):
                usable &= ops.convert_to_numpy(bank.written) > 0
        rows = agreeing_rows(
            ops.convert_to_tensor(video_bank.rows),
            ops.convert_to_tensor(audio_bank.rows),
            self.num_positives,
            self.agreement,
            usable,
        )
        self.rows.assign(rows)
        self.mined.assign(usable.astype("float32"))

    @property
    def is_mined(self) -> bool:
        """Whether there are sets."""
        return bool(np.any(ops.convert_to_numpy(self.mined) > 0))

    def call(self, index: Tensor) -> tuple[Tensor, Tensor]:
        index = ops.cast(index, "int32")
        nearest = ops.clip(index, 0, self.num_rows - 1)
        rows = read_rows(self.rows, nearest)
        known = read_rows(self.mined, nearest) > 0
        return ops.cast(rows, "int32"), known & (nearest == index)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_rows": self.num_rows,
            "num_positives": self.num_positives,
            "agreement": self.agreement,
        }
