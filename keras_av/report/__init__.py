"""Tables, plots and pages of runs."""

from keras_av.report.attention_frames import attention_frames
from keras_av.report.format_table import format_table
from keras_av.report.page.run_page import RunPage
from keras_av.report.plot_confusion import plot_confusion
from keras_av.report.plot_cost import plot_cost
from keras_av.report.plot_history import plot_history
from keras_av.report.plot_retrieval import plot_retrieval
from keras_av.report.read_log import read_log

__all__ = [
    "RunPage",
    "attention_frames",
    "format_table",
    "plot_confusion",
    "plot_cost",
    "plot_history",
    "plot_retrieval",
    "read_log",
]


def __dir__() -> list[str]:
    return list(__all__)
