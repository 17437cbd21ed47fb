"""From the text of a story to one vector per word and layer: tokens, hidden states, generated continuations.

Imports `pretrained`, `writing`, `dataset`, `files` and `errors`. Only this package, `pretrained`, `speech`, `syntax`
and `finetuning` load torch.
"""
