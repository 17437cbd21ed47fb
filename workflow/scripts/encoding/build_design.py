"""Reduce the words of a story set, or their windows, inside each fold."""

from brainforecast.encoding.designs import FeatureSettings, build_designs_together
from brainforecast.encoding.folds import FoldSettings
from brainforecast.jobs.context import job
from brainforecast.jobs.designs import (
    DesignStep,
    check_features_vary,
    fold_settings,
    read_stories,
    read_times,
    sharing,
)
from brainforecast.storage.designs import write_designs
from brainforecast.storage.responses import distinct_lengths


def build_design(
    paths_to_words: list[str],
    path_to_designs: str,
    *,
    steps: list[DesignStep],
    stories: list[str],
    lengths: list[list[int]],
    features: FeatureSettings,
    folds: FoldSettings,
    language: str,
    audio: list[tuple[str, float]],
) -> None:
    """Build the designs of some (layer, source, width), each over its distances, for each combination of lengths."""
    columns = {name for step in steps for name in step.windows.lexical}
    files = audio or [(None, 0.0)] * len(stories)
    times = [
        read_times(path, columns, language=language, tr=features.tr, path_to_audio=wav, shift=shift)
        for path, (wav, shift) in zip(paths_to_words, files, strict=True)
    ]
    designs = {}
    for group in sharing(steps):
        read = read_stories(group[0], stories, times, lengths, tr=features.tr)
        built = build_designs_together(read, lengths, [step.windows for step in group], features, folds)
        for step, designs[step.name] in zip(group, built, strict=True):
            check_features_vary(step, designs[step.name])
    write_designs(designs, path_to_designs)


if __name__ == "__main__":
    with job(snakemake):
        inputs = dict(snakemake.input.items())
        n_components = snakemake.params.n_components
        build_design(
            snakemake.input.words,
            snakemake.output.designs,
            steps=[DesignStep.from_params(step, inputs, n_components) for step in snakemake.params.steps],
            stories=snakemake.params.stories,
            lengths=snakemake.params.lengths or distinct_lengths(snakemake.input.responses),
            features=FeatureSettings(**snakemake.params.features),
            folds=fold_settings(snakemake.params.folds, inputs.get("autocorrelation", ())),
            language=snakemake.params.language,
            audio=list(zip(snakemake.input.audio, snakemake.params.shifts, strict=True)),
        )
