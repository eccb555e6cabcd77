"""What all tests share.

Files marked `long` come first, so that on several cores none of them is left to the end. No test fails because the
machine is slow.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
