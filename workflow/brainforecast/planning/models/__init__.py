"""What is known of the models of a config before any is loaded: files, sizes, layers, and what their jobs request.

Standard library only. `entries` is the models of a study; each other module holds one kind of knowledge or check.
"""
