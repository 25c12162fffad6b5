"""One setting for every property test: the same examples in every run, and no clock that can fail one."""

from hypothesis import settings

settings.register_profile("whygrad", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("whygrad")
