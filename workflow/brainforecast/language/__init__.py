"""From the text of a story to one vector per word and layer: tokens, hidden states, generated continuations.

Imports `dataset`, `files` and `errors`. Only this package, `syntax` and `finetuning` load torch; `orthography` loads
the standard library alone.
"""
