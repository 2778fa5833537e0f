"""Divergences between the predictions of two classifiers."""

from keras import ops

from keras_av.ops.types import Tensor

DIVERGENCES = ("jeffreys", "jsd")
_EPS = 1e-10


def logit_divergence(
    p_logits: Tensor,
    q_logits: Tensor,
    kind: str = "jeffreys",
    legacy_eps: bool = False,
) -> Tensor:
    """Symmetric divergence between the class distributions of two logits.

    With `p` and `q` the softmax of the logits and `m = (p + q) / 2`:

    - `"jeffreys"`: `KL(p, q) + KL(q, p) = sum_c (p - q) (log p - log q)`,
      which has no upper bound;
    - `"jsd"`: the Jensen-Shannon divergence `(KL(p, m) + KL(q, m)) / 2`,
      at most `log 2` and at most a quarter of the Jeffreys divergence.

    Gradients flow to both inputs. It is computed in float32 from log
    probabilities, and stays finite if a probability underflows.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)
        - [Lin, 1991](https://doi.org/10.1109/18.61115)

    Args:
        p_logits: Logits, `(batch, num_classes)`.
        q_logits: Logits, `(batch, num_classes)`.
        kind: `"jeffreys"` or `"jsd"`. Defaults to `"jeffreys"`.
        legacy_eps: Whether to compute the Jeffreys divergence as
            `sum_c [p log(p / q + 1e-10) + q log(q / p + 1e-10)]`, as in the
            original implementation, which is NaN if a probability underflows.
            Defaults to False.

    Returns:
        Divergences, `(batch,)`, float32.

    Raises:
        ValueError: If `kind` is unknown.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import logit_divergence
    >>> p, q = np.zeros((2, 3)), np.ones((2, 3))
    >>> [float(x) for x in logit_divergence(p, q)]
    [0.0, 0.0]
    """
    if kind not in DIVERGENCES:
        raise ValueError(
            f"kind must be one of {DIVERGENCES}. Received: {kind!r}"
        )
    log_p = ops.log_softmax(ops.cast(p_logits, "float32"), axis=-1)
    log_q = ops.log_softmax(ops.cast(q_logits, "float32"), axis=-1)
    p, q = ops.exp(log_p), ops.exp(log_q)
    if kind == "jeffreys" and legacy_eps:
        terms = p * ops.log(p / q + _EPS) + q * ops.log(q / p + _EPS)
        return ops.sum(terms, axis=-1)
    if kind == "jeffreys":
        return ops.sum((p - q) * (log_p - log_q), axis=-1)
    log_m = ops.logaddexp(log_p, log_q) - ops.log(2.0)
    both = p * (log_p - log_m) + q * (log_q - log_m)
    return 0.5 * ops.sum(both, axis=-1)
