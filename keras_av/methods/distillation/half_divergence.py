"""Half the divergence between two sets of logits, if it is on."""

from keras import ops

from keras_av.losses.logit_divergence import logit_divergence
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean


def half_divergence(
    p: Tensor, q: Tensor, *, kind: str, weights: Tensor, legacy_eps: bool
) -> Tensor:
    """`D` of compositional contrastive learning over the global batch.

    Args:
        p: Logits, `(batch, num_classes)`.
        q: Logits, `(batch, num_classes)`.
        kind: Kind of divergence, or `"none"`.
        weights: Weights of the clips, `(batch,)`.
        legacy_eps: Whether to add 1e-10 inside logarithms.

    Returns:
        A scalar, 0 without a divergence.
    """
    if kind == "none":
        return ops.zeros(())
    # The original's weight.
    return 0.5 * batch_mean(logit_divergence(p, q, kind, legacy_eps), weights)
