"""Tables of each subject and of the group, and group maps, from the score files.

Imports `planning`, `statistics`, `storage` and what is below them; draws nothing.
"""
