"""Type aliases for tensors."""

from typing import Any

import numpy as np

# A tensor of the active backend, or anything convertible to one.
Tensor = Any
Array = np.ndarray
