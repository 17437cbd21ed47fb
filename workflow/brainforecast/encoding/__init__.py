"""From word vectors and responses to brain scores: windows, delays, folds, reduction, ridge, correlation.

Arrays in, arrays out. Imports `cells`, `sources` and `errors` only; no file format, no table, no model.
"""
