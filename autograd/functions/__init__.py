"""NumPy's functions, written once for every array that records, by NumPy's names.

Each file registers its rules by `implements`. They are loaded when the first such function is called.
"""
