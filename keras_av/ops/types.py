"""Names for what annotations mean by a tensor."""

from typing import Any

import numpy as np

# A tensor of whichever backend is active, or anything that becomes one.
Tensor = Any
Array = np.ndarray
