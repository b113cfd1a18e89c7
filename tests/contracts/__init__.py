"""What every implementation of a port promises, one class per port."""

import pytest

pytest.register_assert_rewrite("tests.contracts.desk_store_contract")
