"""The systems that race, a file each, which says how each work is done with it.

Attributes of each module:
    NAME: of the system.
    PACKAGE: what its version is asked of.
    WAYS: to do each work; see `benchmarks.works.Ways`.
"""
