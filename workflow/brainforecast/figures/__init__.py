"""The figures, one module per family; matplotlib is imported only here.

Imports `results` and what is below it; not `report`.
"""
