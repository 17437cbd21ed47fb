"""Tables of each subject and of the group, and group maps, from the score files.

Imports `statistics`, `storage`, `dataset` and what is below them; draws nothing.
"""
