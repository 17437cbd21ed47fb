"""Denoising of a study (config `dataset.confounds`, `high_pass`, `standardize`): checked, and its files located."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from brainforecast.dataset.confounds import find_confounds
from brainforecast.dataset.plan import Plan, Run
from brainforecast.errors import BadInput, nearest

# of nilearn's load_confounds; a test compares them with it
STRATEGIES = (
    "motion",
    "high_pass",
    "wm_csf",
    "global_signal",
    "compcor",
    "ica_aroma",
    "tedana",
    "scrub",
    "non_steady_state",
)
LEVELS = ("basic", "power2", "derivatives", "full")
VALUES = {  # of its arguments that take a word
    "motion": LEVELS,
    "wm_csf": LEVELS,
    "global_signal": LEVELS,
    "compcor": ("anat_combined", "anat_separated", "temporal", "temporal_anat_combined", "temporal_anat_separated"),
    "ica_aroma": ("full", "basic"),
    "tedana": ("aggressive", "non-aggressive"),
}
NUMBERS = ("scrub", "fd_threshold", "std_dvars_threshold", "n_compcor", "demean")  # and the others
USED_BY = {"scrub": "scrub", "fd_threshold": "scrub", "std_dvars_threshold": "scrub", "n_compcor": "compcor"}
KEY = "config key dataset.confounds"


@dataclass(frozen=True, eq=False)
class Denoising:
    """What is removed from the runs of a study before anything else.

    Parameters
    ----------
    dataset : config section of that name, checked; plan : of the study.
    """

    dataset: Mapping
    plan: Plan

    @property
    def is_wanted(self) -> bool:
        """Whether runs are denoised, in jobs of their own; else they are read as they are."""
        return any(self.dataset.get(key) for key in ("confounds", "high_pass", "standardize"))

    def denoised(self, subject: str) -> list[str]:
        """The file of a subject's denoised runs; none where they are read as they are."""
        path = f"results/{self.dataset['name']}/denoised/sub-{subject}.safetensors"
        return [path] if self.is_wanted else []

    @property
    def settings(self) -> dict:
        """What `readers.denoising.DenoiseSettings` takes."""
        return {key: self.dataset.get(key) for key in ("confounds", "high_pass", "standardize")} | {"tr": self.plan.tr}

    def runs(self, subject: str) -> dict:
        """What `readers.subject_runs.SubjectRuns` takes, but for the subject."""
        runs = self.plan.runs[subject]
        return {
            "stories": [run.story for run in runs],
            "n_dropped": [run.n_dropped for run in runs],
            "tr": self.plan.tr,
            "response": self.dataset["response"],
            "space": self.dataset["space"],
            "n_trs": [run.n_trs for run in runs],
            "n_volumes": [run.n_volumes for run in runs],
            "missing_volumes": self.dataset["missing_volumes"],
            "tail": self.dataset["tail"],
        }

    def confounds(self, subject: str) -> list[str]:
        """The table of confounds of each run of a subject; none where they are not wanted, or nilearn finds them."""
        wanted = self.dataset.get("confounds")
        if not wanted or "tedana" in wanted["strategy"]:
            return []
        return [str(self._find(run)) for run in self.plan.runs[subject]]

    def _find(self, run: Run) -> Path:
        path = Path(run.paths[0])
        session = [f"ses-{run.session}"] if run.session else []
        roots = [self.dataset[key] for key in ("derivatives", "root") if self.dataset.get(key)]
        places = [Path(root, f"sub-{run.subject}", *session, "func") for root in roots]
        labels = {"sub": run.subject, "ses": run.session, "task": run.task or run.story, "run": run.run}
        entities = {key: label for key, label in labels.items() if label}
        return find_confounds(path, places, entities)


def plan_denoising(config: Mapping, plan: Plan) -> Plan:
    """The plan with sentences on what is removed from the runs, once everything that needs is found.

    Raises
    ------
    BadInput : no table of confounds for a run, or several; a cut-off that is none for the repetition time.
    """
    dataset = config["dataset"]
    check_filter(dataset, plan.tr)
    denoising = Denoising(dataset, plan)
    for subject in plan.subjects:
        denoising.confounds(subject)
    return replace(plan, notes=(*plan.notes, *describe_denoising(dataset)))


def describe_denoising(dataset: Mapping) -> list[str]:
    """Sentences on what is removed from the runs before they are scored; none where nothing is."""
    sentences, confounds, unit = [], dataset.get("confounds"), dataset.get("standardize")
    if confounds:
        options = ", ".join(f"{key} {value}" for key, value in confounds.items() if key != "strategy")
        chosen = f"{', '.join(confounds['strategy'])}{'; ' if options else ''}{options}"
        sentences.append(
            f"confounds are regressed out of each run with nilearn's load_confounds and signal.clean ({chosen}); "
            "volumes that load_confounds censors are neither fitted on nor scored"
        )
    if dataset.get("high_pass"):
        sentences.append(f"each run is high-pass filtered at {dataset['high_pass']:g} Hz (Butterworth, nilearn)")
    if unit:
        scaled = "per cent of its mean" if unit == "psc" else "mean 0 and variance 1"
        sentences.append(f"each target of each run is brought to {scaled}")
    done = {"mask": "neither fitted on nor scored", "interpolate": "interpolated linearly and scored as measured"}
    if dataset.get("missing_volumes") in done:
        sentences.append(f"volumes that are n/a in every target, or in many, are {done[dataset['missing_volumes']]}")
    return sentences


def check_denoising(config: Mapping) -> None:
    """Check the arguments of load_confounds, and that no two keys do the same.

    Raises
    ------
    BadInput : an unknown argument, strategy or value (with the nearest known one); drifts removed twice; nothing
        to denoise.
    """
    dataset = config["dataset"]
    if config.get("simulation") and any(dataset[key] for key in ("confounds", "high_pass", "standardize")):
        key = next(key for key in ("confounds", "high_pass", "standardize") if dataset[key])
        raise BadInput(f"config key dataset.{key}", "a value for simulated responses", "null: they have no confounds")
    arguments = dataset["confounds"]
    if arguments is None:
        return
    known = ("strategy", *VALUES, *NUMBERS)
    for name in arguments:
        if name not in dict.fromkeys(known):
            expected = f"an argument of nilearn's load_confounds; nearest is {nearest(name, known)}"
            raise BadInput(f"{KEY}.{name}", "an unknown key", expected)
    strategy = arguments.get("strategy")
    if not isinstance(strategy, list) or not strategy:
        found = "none" if not strategy else repr(strategy)
        raise BadInput(f"{KEY}.strategy", found, f"a list of some of {', '.join(STRATEGIES)}")
    for name in strategy:
        if name not in STRATEGIES:
            expected = f"one of {', '.join(STRATEGIES)}; nearest is {nearest(name, STRATEGIES)}"
            raise BadInput(f"{KEY}.strategy", name, expected)
    for name, values in VALUES.items():
        value = arguments.get(name, values[0])
        if value not in values:
            raise BadInput(f"{KEY}.{name}", value, f"one of {', '.join(values)}; nearest is {nearest(value, values)}")
    for name in (name for name in NUMBERS if arguments.get(name) is not None):
        if not _is_sound(name, arguments[name]):
            expected = "true or false" if name == "demean" else "a number of 0 or more"
            raise BadInput(f"{KEY}.{name}", arguments[name], expected)
    for name in arguments:
        used_by = USED_BY.get(name, name)
        if name in (*VALUES, *USED_BY) and used_by not in strategy:
            expected = f"{used_by} in dataset.confounds.strategy, which alone uses it"
            raise BadInput(f"{KEY}.{name}", f"{arguments[name]}, without {used_by}", expected)
    _check_drifts(strategy, dataset["high_pass"])


def _is_sound(name: str, value: object) -> bool:
    """Whether the value of one of `NUMBERS` can be passed on."""
    if name == "demean":
        return isinstance(value, bool)
    if (name, value) == ("n_compcor", "all"):
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def check_filter(dataset: Mapping, tr: float) -> None:
    """Raise where the cut-off of the filter is none for this repetition time, in s."""
    high_pass = dataset.get("high_pass")
    if high_pass and high_pass >= 0.5 / tr:
        found = f"{high_pass:g} Hz at a repetition time of {tr:g} s"
        expected = f"less than half of the volumes per second, {0.5 / tr:g} Hz (0.008 is usual)"
        raise BadInput("config key dataset.high_pass", found, expected)


def _check_drifts(strategy: list[str], high_pass: float | None) -> None:
    if high_pass and "high_pass" in strategy:
        found = f"{high_pass:g} Hz beside high_pass in dataset.confounds.strategy"
        raise BadInput("config key dataset.high_pass", found, "one of the two: both remove slow drifts")
    if "compcor" in strategy and "high_pass" not in strategy:
        found = "compcor without high_pass"
        raise BadInput(f"{KEY}.strategy", found, "both: fMRIPrep takes compcor from filtered data")
    if "tedana" in strategy and len(strategy) > 1:
        others = ", ".join(name for name in strategy if name != "tedana")
        raise BadInput(f"{KEY}.strategy", f"tedana beside {others}", "tedana alone: load_confounds drops the others")
