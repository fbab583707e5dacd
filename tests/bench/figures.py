# SPDX-License-Identifier: Apache-2.0
"""How a bench in Python tells a figure: one line of JSON, as ./dev bench reads it."""

import json


def figure(bench, value, unit, against, against_value, goal, lower_is_better=False):
    """`goal` is the ratio wanted against the rival or limit, at least (at most where lower is better), or None."""
    ratio = value / against_value if against_value else None
    met = None
    if goal is not None:
        met = ratio is not None and (ratio <= goal if lower_is_better else ratio >= goal)
    print(json.dumps({
        "bench": bench, "value": round(value, 4), "unit": unit, "against": against,
        "against_value": round(against_value, 4), "ratio": None if ratio is None else round(ratio, 3), "goal": goal,
        "met": met}), flush=True)
