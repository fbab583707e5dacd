# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out under sanitizers")
