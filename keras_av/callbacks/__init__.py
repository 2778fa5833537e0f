"""Callbacks: the curriculum, probes and monitors."""

from keras_av.callbacks.curriculum import Curriculum
