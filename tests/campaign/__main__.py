"""``python -m tests.campaign --minutes N --seed S``: random programs, each computed in ways that must agree.

Programs of Values, native and in Python, of Tensors, of both, of fractions, and of layers of nn are drawn at
random, with special points, infinities, NaN, float32 and empty arrays among their numbers. Every method is
compared with every other, forward with reverse mode, first and second derivatives, predicted with measured
costs, derivatives with differences, and all of it with compiled code, with PyTorch and with JAX, if they are
installed. What fails is shrunk and printed as a program that runs.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import warnings

from autograd import native
from tests.campaign.run import Campaign


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaign", description=(__doc__ or "").split("\n\n")[1]
    )
    parser.add_argument("--minutes", type=float, default=2.0, help="how long to go on (default 2)")
    parser.add_argument("--programs", type=int, help="how many programs to run, however long it takes")
    parser.add_argument("--seed", type=int, help="of the programs (default: a new one, which is printed)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run one program of this seed alone")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    print(f"campaign with seed {seed}; native Value: {native.in_use}, since {native.why}", flush=True)
    os.environ.setdefault("WHYGRAD_CACHE", "off")  # no random program comes a second time
    campaign = Campaign(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if options.only is not None:
            campaign.one(options.only)
        else:
            seconds = None if options.programs else 60 * options.minutes
            campaign.run(programs=options.programs, seconds=seconds)
            print("\n".join(campaign.report()))
    for failure in campaign.failures:
        print(f"\n---- {failure}")
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
