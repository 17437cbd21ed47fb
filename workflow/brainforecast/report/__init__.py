"""The report: sentences, tables and finished figures in one HTML file.

Imports `results` and what is below it; no matplotlib, no parser, no language model.
"""
