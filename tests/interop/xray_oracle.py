"""The X-Ray SDK for Python as the oracle of matching and of reservoirs.

Usage: xray_oracle.py SEED COUNT. Prints one JSON object per line.
"""

import json
import random
import sys

from aws_xray_sdk.core.sampling.reservoir import Reservoir, ReservoirDecision
from aws_xray_sdk.core.utils.search_pattern import wildcard_match

draw = random.Random(int(sys.argv[1]))
count = int(sys.argv[2])
# Few letters, so that much matches; some are two bytes, and one has a lower case of two letters.
TEXT = "aAbBéÉİ/-."
PATTERN = TEXT + "**??"


def text(letters, most):
    return "".join(draw.choice(letters) for _ in range(draw.randint(0, most)))


for _ in range(count):
    pattern, subject = text(PATTERN, 9), text(TEXT, 12)
    print(json.dumps({"pattern": pattern, "text": subject,
                      "matches": wildcard_match(pattern, subject)}))

for _ in range(count // 20):
    reservoir, second, steps = Reservoir(), 1_795_363_200, []
    can_borrow = draw.random() < 0.7
    for _ in range(40):
        # Never back: there the two differ on purpose (ours does not borrow twice in a second).
        second += draw.choice([0, 0, 0, 1, 1, 7])
        if draw.random() < 0.15:
            quota = draw.choice([None, 0, 1, 3])
            ttl = None if quota is None else second + draw.choice([-5, 0, 2, 20])
            reservoir.load_quota(quota, ttl, None)
            steps.append({"second": second, "quota": quota, "ttl": ttl})
        decision = reservoir.borrow_or_take(second, can_borrow)
        taken = decision in (ReservoirDecision.TAKE, ReservoirDecision.BORROW)
        steps.append({"second": second, "sampled": taken})
    print(json.dumps({"can_borrow": can_borrow, "steps": steps}))
