"""Learning methods: each a `keras.Model` that wraps the encoders it trains."""

from keras_av.methods.cross_modal_contrastive import CrossModalContrastive
from keras_av.methods.sscl import SSCL, sscl_phases
from keras_av.methods.supervised import Supervised
