"""Every formula that runs at both speeds: numba functions on plain numbers and arrays.

Importing the package points numba at the cache directory of exactly these sources.
"""

from etrms_core.kernels.compile_cache import use_cache_of_these_sources

use_cache_of_these_sources()
