"""Short stories to test language models with, as lists of words."""

# contractions, numbers, accents, dashes, quotes and a character of four bytes
_CLOCKMAKER = (
    "On the last morning of the fair , the clockmaker's niece didn't wait : she carried the naïve little fox "
    "across the half-frozen river , past 1,204 lanterns , and up to the café where somebody — nobody knew who — "
    "had left a letter . “ Don't open it , ” said the fox ; she'd opened it already . Inside , a map of the town "
    "as it would be in 30 years 🦊 and the words we told you so ."
)
# characters of one byte only: each token of a tokenizer of bytes decodes to a text
_RIVER = (
    "Once there was a river , and the letter that somebody had carried across it in the morning was told about the "
    "town ; she said they didn't believe a word of it , and when she'd opened the map there was a fox inside ."
)

CLOCKMAKER = _CLOCKMAKER.split(" ")
RIVER = _RIVER.split(" ")
