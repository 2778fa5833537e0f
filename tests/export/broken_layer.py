"""A layer that computes something else where it is exported."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("tests")
class BrokenLayer(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs if tf.executing_eagerly() else inputs

    def compute_output_shape(self, input_shape):
        return input_shape
