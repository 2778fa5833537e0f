"""Building blocks."""

from keras_av.layers.memory_bank import MemoryBank
from keras_av.layers.partition_function import PartitionFunction
