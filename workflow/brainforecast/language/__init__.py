"""From the text of a story to one vector per word and layer: tokens, hidden states, generated continuations.

Imports `dataset` and what is below it. Apart from `syntax` and `finetuning` the only package that loads torch, and
`orthography` loads nothing.
"""
