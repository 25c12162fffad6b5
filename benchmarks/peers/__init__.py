"""The systems in the race: one module for each says how it does each workload.

Attributes of each module:
    NAME: the name of the system.
    PACKAGE: the package that has its version.
    WAYS: its ways to do each workload; see `benchmarks.workloads.Ways`.
"""
