"""The systems that race, a file each, which says how each work is done with it.

Attributes of each module:
    NAME: of the system.
    PACKAGE: what its version is asked of.
    WAYS: for the name of a work, the ways to do it by their names: functions of the work's problem,
        which get everything ready and give a step.
"""
