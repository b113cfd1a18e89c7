"""How every test runs."""

import os

from hypothesis import settings

pytest_plugins = ["tests.postgresql"]

# A first call compiles kernels: wall time says nothing about an example.
settings.register_profile("here", deadline=None)
# On a shared machine every run tries the same examples; new ones are looked for while developing.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
