"""The figures, one module per family; matplotlib is imported here and nowhere else.

Imports `results` and what is below it; not `report`.
"""
