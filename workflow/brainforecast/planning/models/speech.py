"""Whether the speech models of a study can be read, and have audio, before any job runs."""

from brainforecast.errors import BadInput
from brainforecast.planning.models.files import read_settings
from brainforecast.planning.study import Study
from brainforecast.speech.frames import longest_seconds, require_family


def check_speech(study: Study) -> None:
    """Check the speech models that some analysis needs.

    Raises
    ------
    BadInput : a model of a family that is not read; an `audio_context` beyond its longest input; the source `static` of
        a speech model, or a variant of its tokens; a story without audio.
    """
    for name in study.models.speech:
        if study.models.layers(name):
            _check_model(study, name)
            for story in study.stories:
                study.audio_of(story)
    _check_variants(study)
    for grid in study.grids:
        static = study.models.static_model(grid.model)
        if grid.source == "static" and static in study.models.speech:
            found = f"{static}, whose layer 0 has the audio before a word in it"
            raise BadInput("config key sources.static.model", found, "word vectors, or a model of text")


def _check_variants(study: Study) -> None:
    section, model = study.config["sensitivity"] or {}, study.config["maps"]["model"]
    for key in ("contexts", "word_vectors"):
        if section.get(key) and model in study.models.speech:
            expected = "[]: these are of tokens, which a speech model has not"
            raise BadInput(f"config key sensitivity.{key}", f"variants of {model}", expected)


def _check_model(study: Study, name: str) -> None:
    entry, key = study.models.entries[name], f"config key models.{name}"
    settings = read_settings(entry["source"], on_hub=study.models.is_on_hub(name), revision=entry.get("revision"))
    if not settings:
        return
    require_family(f"{key}.source", settings.get("model_type"))
    longest = longest_seconds(settings)
    if longest and entry["audio_context"] > longest:
        expected = f"at most {longest:g} s, the longest input of {entry['source']}"
        raise BadInput(f"{key}.audio_context", f"{entry['audio_context']:g} s", expected)
