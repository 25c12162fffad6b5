"""Check a student's `Value` beside ours: ``whygrad check FILE.py``, or `viz.checking.student_check.check`.

The student's code runs in a child process. In the order in which a check goes: `exercises` draws the graphs,
`runner` runs them on the student's class, in the process of `child`, `student_check` compares, `shrinking`
finds the smallest graph that differs, and `suspects` says which mistake gives such numbers.
"""
