"""All readers of files that a user gives."""

from fuzz.readers_images import IMAGES
from fuzz.readers_models import MODELS
from fuzz.readers_text import TEXTS
from helpers.fuzzing import Reader

READERS: list[Reader] = [*TEXTS, *IMAGES, *MODELS]
