"""From the text of a story to one vector per word and layer: tokens, hidden states, generated continuations.

Imports `dataset` and what is below it; the only package beside `syntax` and `finetuning` that loads torch.
"""
