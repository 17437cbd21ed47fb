"""Sentences on what was passed over while files were read: logged at once, and kept for the provenance."""

import logging

logger = logging.getLogger("brainforecast")


class Notes(list):
    """A list of sentences; one that is added is logged too, and one that is there already is not added again."""

    def add(self, sentence: str) -> None:
        """Log a sentence and keep it."""
        if sentence not in self:
            logger.warning("%s", sentence)
            self.append(sentence)


def some(names: list, most: int = 5) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
