import pytest
import tensorflow as tf

from keras_av.data.plumbing.pipeline import (
    check_at_least,
    num_cpus,
    pipeline_options,
)


def test_counts_cpus():
    assert num_cpus() >= 1


def test_lowest_values():
    check_at_least("count", 3, 3)
    with pytest.raises(ValueError, match="count must be at least 3.*count=2"):
        check_at_least("count", 2, 3)


def test_options_keep_the_order():
    options = pipeline_options(3)
    assert options.deterministic
    assert options.threading.private_threadpool_size == 3
    assert (
        options.experimental_distribute.auto_shard_policy
        == tf.data.experimental.AutoShardPolicy.DATA
    )
