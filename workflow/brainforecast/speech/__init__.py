"""From the audio of a story to one vector per word and layer of a speech model, and when each of its frames is.

Imports `language`, `pretrained` and below; `frames` is standard library only.
"""
