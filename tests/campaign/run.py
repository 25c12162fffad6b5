"""Run checks on random programs, and shrink what fails."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import perf_counter

import numpy as np

from autograd import gradient
from tests.campaign import checks as c
from tests.campaign.checks import Case, Check
from tests.campaign.shrink import shrunk
from tests.programs import FAMILIES, Family, draw

# How often each family is drawn, and the share of its programs that each check takes: what is fast takes
# more. A program that no check takes by chance is taken by the first.
SHARES: dict[str, tuple[float, dict[Check, float]]] = {
    "scalars": (
        4,
        {
            c.implementations: 0.7,
            c.methods: 0.3,
            c.predicted: 0.2,
            c.transforms: 0.2,
            c.second: 0.1,
            c.differences: 0.3,
            c.compilations: 0.03,
            c.batches: 0.02,
            c.torch_agrees: 0.1,
            c.jax_agrees: 0.0005,
        },
    ),
    "special scalars": (
        5,
        {c.implementations: 1, c.compilations: 0.02, c.torch_agrees: 0.05, c.jax_agrees: 0.0003},
    ),
    "fractions": (1, {c.methods: 1, c.implementations: 0.3, c.predicted: 0.3}),
    "tensors": (
        4,
        {
            c.differences: 0.5,
            c.methods: 0.2,
            c.transforms: 0.2,
            c.second: 0.1,
            c.compilations: 0.03,
            c.torch_agrees: 0.3,
            c.jax_agrees: 0.001,
        },
    ),
    "special tensors": (2, {c.torch_agrees: 1, c.compilations: 0.03, c.jax_agrees: 0.001}),
    "mixed": (1, {c.methods: 0.5, c.differences: 0.5, c.transforms: 0.3, c.second: 0.2}),
    "layers": (
        1,
        {c.differences: 0.5, c.methods: 0.3, c.transforms: 0.3, c.second: 0.1, c.compilations: 0.03},
    ),
}
IN_C = 0.005  # the share of programs of floats and arrays that are compiled to C
TOGETHER = 20  # of them in one library: a compiler takes longer to start than to compile one
NEEDS = {c.torch_agrees: "torch", c.jax_agrees: "jax"}


@dataclass
class Failure:
    """A program that fails a check.

    Attributes:
        number: of the program in the run, which ``--only`` repeats.
        case: the program, shrunk.
        check: the check.
        sentence: what it says.
    """

    number: int
    case: Case
    check: Check
    sentence: str

    def __str__(self) -> str:
        title = f"program {self.number}, {self.case.family.name}, {self.check.__name__}: {self.sentence}"
        return f"{title}\n\n{self.case.program.code()}\n"


@dataclass
class Campaign:
    """Programs drawn one after another from a seed.

    Attributes:
        seed: of the draws.
        failures: what was found, one of each kind.
        programs: how many programs of each family were run.
        taken: how many programs each check took.
        seconds: how long all of it took.
    """

    seed: int
    families: tuple[Family, ...] = FAMILIES
    failures: list[Failure] = field(default_factory=list)
    programs: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._shares = {
            family.name: {check: share for check, share in SHARES[family.name][1].items() if _is_here(check)}
            for family in self.families
        }
        self._weights = [SHARES[family.name][0] for family in self.families]
        self._for_c: list[tuple[int, Case]] = []

    def run(self, *, programs: int | None = None, seconds: float | None = None, most: int = 10) -> None:
        """Run programs up to a number, a time or this many kinds of failures."""
        start = perf_counter()
        number = 0
        with np.errstate(all="ignore"):
            while programs is None or number < programs:
                if seconds is not None and perf_counter() - start > seconds:
                    break
                self.one(number)
                number += 1
                if len(self.failures) >= most:
                    break
            self._compile_to_c()
        self.seconds = perf_counter() - start

    def one(self, number: int) -> None:
        """Draw a program and check it."""
        rng = random.Random(f"{self.seed}, {number}")
        (family,) = rng.choices(self.families, self._weights)
        case = Case(family, draw(rng, family), rng.getrandbits(32))
        self.programs[family.name] += 1
        shares = self._shares[family.name]
        chosen = [check for check, share in shares.items() if rng.random() < share] or list(shares)[:1]
        for check in chosen:
            self._take(number, case, check)
        if rng.random() < IN_C and family.name not in ("fractions", "mixed"):
            self._for_c.append((number, case))
            if len(self._for_c) == TOGETHER:
                self._compile_to_c()

    def _take(self, number: int, case: Case, check: Check) -> None:
        self.taken[check.__name__] += 1
        if (sentence := outcome(case, check)) is None:
            return
        kind = f"{case.family.name}, {check.__name__}: {_kind(sentence)}"
        self.repeated[kind] += 1
        if self.repeated[kind] > 1:
            return
        small = shrunk(case, lambda other: _kind(outcome(other, check) or "") == _kind(sentence))
        self.failures.append(Failure(number, small, check, outcome(small, check) or sentence))

    def _compile_to_c(self) -> None:
        """Check the programs collected, compiled at once; if one fails, each on its own."""
        collected, self._for_c = self._for_c, []
        if not collected or not c.has_compiler():
            return
        try:
            wrong = c.compared([case for _, case in collected], "native")
        except Exception:
            wrong = "an error"
        for number, case in collected:
            self.taken[c.compilations_to_c.__name__] += 1
            if wrong:
                self._take(number, case, c.compilations_to_c)

    def report(self) -> Iterator[str]:
        """What was run, line by line."""
        count = sum(self.programs.values())
        rate = count / self.seconds
        yield f"{count:,} programs in {self.seconds:.0f} s, {rate:.0f} a second, seed {self.seed}"
        yield "  " + ", ".join(f"{name} {n:,}" for name, n in self.programs.items())
        yield "  " + ", ".join(f"{name} {n:,}" for name, n in sorted(self.taken.items()))
        yield f"  {len(self.failures)} kinds of failures"


def _is_here(check: Check) -> bool:
    return check not in NEEDS or find_spec(NEEDS[check]) is not None


def _kind(sentence: str) -> str:
    """A sentence without its numbers: failures of one kind are shown once."""
    words = re.sub(r"(array|Value|Tensor)\(.*?\)|-?\d[\w.+-]*|inf|nan", "#", sentence)
    return re.sub(r"\W+", " ", words)[:80]


def outcome(case: Case, check: Check) -> str | None:
    """What a check says of a program; an error is said too, except where the derivative is undefined."""
    try:
        return check(case)
    except (ArithmeticError, ValueError) as error:
        try:
            root, leaves = case.record()
            gradient(root, leaves)
        except (ArithmeticError, TypeError, ValueError):
            return None
        return f"raises {type(error).__name__}: {error}"
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"
