"""From scores of subjects to statements about the group: tests, intervals, peaks of curves.

Arrays in, arrays out. Imports `errors` only.
"""
