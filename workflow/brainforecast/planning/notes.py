"""What of planning needs the whole study: what its config leaves open, and what its subjects are too few for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from brainforecast.cells import LISTENERS, is_word_vectors
from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput
from brainforecast.files import PACKAGE_PREFIX, is_checked
from brainforecast.planning.anatomy import Anatomy
from brainforecast.planning.models.entries import is_hub_source
from brainforecast.planning.models.features import feature_notes
from brainforecast.planning.reported import reported_notes
from brainforecast.writing.languages import find_language, is_known

OF_TOKENS = {"context": None, "stride": None, "word_vector": "last"}  # of a language model, by default
IMAGES = ("surface", "dtseries", "volume")  # responses as a scanner's pipeline writes them, in arbitrary units


def with_notes(plan: Plan, given: Mapping, config: Mapping) -> Plan:
    """The plan with notes on its space and atlas, language, config, features and subjects after its own.

    Parameters
    ----------
    given : the config as it is written; config : the same, checked and filled in.
    """
    n, q_level = len(plan.subjects), config["maps"]["q_level"]
    anatomy = Anatomy(config, plan, f"resources/{config['dataset']['name']}").notes
    units, few = [*unit_notes(config, plan), *delay_notes(config, plan.tr)], few_subjects_notes(n, q_level)
    features = feature_notes(given, config, plan)
    language = (*language_notes(config["dataset"]["language"]), *unchecked_notes(config), *revision_notes(config))
    notes = (*anatomy, *units, *language, *unused_notes(config), *features, *reported_notes(given, config), *few)
    return replace(plan, notes=(*plan.notes, *notes))


def language_notes(tag: str) -> list[str]:
    """A language whose writing is not known, and one whose sentences are not."""
    known = find_language(tag)
    if not is_known(tag):
        rules = "words are joined by spaces, and sentences end at the marks of any script (docs/models.md)"
        return [f"config key dataset.language: nothing is known of how {tag} is written; {rules}"]
    if not known.sentence_ends:
        return [f"config key dataset.language: {known.name} has no marks between sentences, so that none is known"]
    return []


def unused_notes(config: Mapping) -> list[str]:
    """Keys of a config that change nothing beside what its other keys say."""
    dataset, stimuli = config["dataset"], config["stimuli"]
    kind, unused = dataset["response"], []
    if dataset["mask"] and kind != "volume":
        unused.append(("dataset.mask", f"dataset.response is {kind}"))
    if dataset["files"] and dataset["desc"]:
        unused.append(("dataset.desc", "dataset.files names the runs"))
    if dataset["checksums"] and not dataset["url"]:
        unused.append(("dataset.checksums", "nothing is fetched without dataset.url"))
    if stimuli["tier"] and (stimuli["words"] or "").endswith((".csv", ".tsv", ".json")):
        unused.append(("stimuli.tier", "stimuli.words names no TextGrid"))
    if config["surfaces"] and kind in ("region", "matrix", "volume", "ptseries"):
        unused.append(("surfaces", f"dataset.response is {kind}"))
    for name, entry in config["models"].items():
        given = [key for key, usual in OF_TOKENS.items() if entry.get(key, usual) != usual]
        if is_word_vectors(entry):
            unused += [(f"models.{name}.{key}", f"{entry['source']} has no tokens") for key in given]
    return [f"config key {key} is not used: {why}" for key, why in unused]


def unchecked_notes(config: Mapping) -> list[str]:
    """Files of packages that the user installed: their bytes are not known, so that they are read unchecked."""
    unknown = {text: None for text in _texts(config) if text.startswith(PACKAGE_PREFIX) and not is_checked(text)}
    return [
        f"{location} is read unchecked: its sha256 is not known here, only those of docs/data.md"
        for location in unknown
    ]


def revision_notes(config: Mapping) -> list[str]:
    """Models of the hub that are fetched as they are on that day."""
    return [
        f"config key models.{name}.revision: null, so that {entry['source']} is read as its main branch was when "
        f"it was fetched; resources/hub/{name}.json has its commit, to be named here, and the sha256 of its files"
        for name, entry in config["models"].items()
        if is_hub_source(entry["source"]) and not entry["revision"]
    ]


def _texts(value: object) -> Iterator[str]:
    """Every text in a config."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def unit_notes(config: Mapping, plan: Plan) -> list[str]:
    """Note that each run of an image may have units of its own, where a subject has several, left as they are."""
    dataset = config["dataset"]
    as_they_are = dataset["response"] in IMAGES and not dataset["standardize"] and not config["simulation"]
    several = sum(len(runs) > 1 for runs in plan.runs.values())
    if not as_they_are or not several:
        return []
    return [
        f"the runs of {several} subjects are scored together in the units of their files; where level or gain differ "
        "between runs, as in fMRIPrep's output, this lowers every score: dataset.standardize: zscore_sample"
    ]


def delay_notes(config: Mapping, tr: float) -> list[str]:
    """Note that the most recent words are in no column of the base, where delays begin late and windows are scored."""
    encoding = config["encoding"]
    first = min(encoding["delays"]) + encoding["row_offset"] - 1  # TRs, the row of a volume holds the TR before it
    if first <= 0 or not any(analysis.get("sources") for analysis in config["analyses"].values()):
        return []
    return [
        f"config key encoding.delays: words of the {first * tr:g} s before a volume are in no column of the base, so "
        "that windows of upcoming words gain from them: simulated passive brains with an early response then pass for "
        f"forecasting ones (docs/controls.md); begin at {1 - encoding['row_offset']}"
    ]


def check_subjects(config: Mapping, plan: Plan) -> None:
    """Check that a noise ceiling has other subjects to take the mean of.

    Raises
    ------
    BadInput : one subject, and an analysis of `listeners`.
    """
    for name, analysis in config["analyses"].items():
        if LISTENERS in analysis["models"] and len(plan.subjects) == 1:
            found = f"{LISTENERS} in a study of one subject, sub-{plan.subjects[0]}"
            expected = "two subjects or more, or no such analysis: it is the mean of the other subjects"
            raise BadInput(f"config key analyses.{name}.models", found, expected)


def few_subjects_notes(n: int, q_level: float) -> list[str]:
    """What cannot be tested over n subjects; nothing where q can be below its level.

    The two-sided signed-rank test of n subjects gives no p below 2 / 2^n, and no q is below the smallest p.
    """
    if n == 1:
        return [
            "one subject: there is no test over subjects, so no p, q, standard error or interval; tables, maps and "
            "figures show the subject's own scores"
        ]
    smallest = 2.0 / 2**n
    if smallest < q_level:
        return []
    return [
        f"{n} subjects: the smallest p of a signed-rank test over them is {smallest:.2g}, so no q can be below "
        f"maps.q_level, {q_level:g}; the scores of each subject are in results/<dataset>/subjects"
    ]
