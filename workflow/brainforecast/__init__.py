"""How far ahead, and at which level, does a brain predict speech? See the README for a map of the modules."""
