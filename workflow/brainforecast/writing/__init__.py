"""How a language is written: what stands between words, where sentences end, capitals, how common words are.

Characters and words only, no language model. Imports `errors`; only `frequency` and `chinese` load more than the
standard library.
"""
