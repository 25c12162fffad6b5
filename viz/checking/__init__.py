"""Check a student's `Value` beside ours: ``whygrad check FILE.py``, or `viz.checking.student_check.check`.

The student's code runs in a child process. In the order of a check: `exercises` draws the graphs, `runner`
runs them on the student's class in the process that `child` starts, `student_check` compares the numbers,
`shrinking` finds the smallest graph that differs, and `suspects` says which mistake, such as one of
`wrong_sweeps`, gives its numbers.
"""
