"""What BUILD files may say: each rule is a function to call as well."""

from keras_av.rules.ccl import ccl
from keras_av.rules.clip_spec import Clips, clip_spec
from keras_av.rules.dataset import Dataset
from keras_av.rules.dataset_share import dataset_share
from keras_av.rules.datasets import (
    activitynet,
    csv_dataset,
    dcase,
    esc50,
    folder_dataset,
    generated_dataset,
    generated_long_dataset,
    hmdb51,
    kinetics,
    tfds_dataset,
    ucf101,
    vggsound,
)
from keras_av.rules.encoder import Encoder, build_encoder
from keras_av.rules.encoders import (
    audio_resnet,
    image_resnet,
    preset_encoder,
    r2plus1d,
    resnet3d,
)
from keras_av.rules.export import Exported, export
from keras_av.rules.hints import hints
from keras_av.rules.listen_to_look import fine_tune_student, listen_to_look
from keras_av.rules.model import Model, trained_encoder
from keras_av.rules.optimizer import Optimizer, adam, sgd
from keras_av.rules.prepared_dataset import PreparedDataset, prepared_dataset
from keras_av.rules.probes import (
    class_retrieval,
    knn_probe,
    linear_probe,
    retrieval,
)
from keras_av.rules.report_table import Report, report
from keras_av.rules.scores import Scores, chance_of
from keras_av.rules.skimming import Features, clip_features, skimming
from keras_av.rules.supervised import evaluate, supervised
from keras_av.rules.training_run import compile_model, run_training
from keras_av.rules.two_tower import contrastive, sscl, untrained
from keras_av.workspace import Rule

RULES = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, Rule)
}
