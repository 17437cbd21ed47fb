"""From word vectors and responses to brain scores: windows, delays, folds, reduction, ridge, correlation.

Arrays in, arrays out: no file format, no table, no model. Imports `sources` and `errors` only.
"""
