"""Error rates and power of the verdict, on simulated brains of a real story.

Passive brains look at nothing ahead; forecasting ones follow a window eight words ahead for a share of their signal. A
run is one study: all listeners of one simulated brain, scored in the base `verdict` under common shifts, by the
functions of the workflow. The rule is then applied to it, with brains simulated once for all runs. `--save` keeps every
run, so that a benchmark that was stopped goes on.

`--results` is the folder of a run of config/pieman.yaml: words, activations, responses. `--stories` is a folder like
it with more stories, for `--part stories`: listeners of different sets of three stories.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from brainforecast.cells import LEXICAL as LEXICAL_BASE
from brainforecast.cells import PAPER, VERDICT
from brainforecast.controls.brain_scores import BrainWords, Listener, read_brain_words
from brainforecast.controls.brains import CONTENT, FORECAST, N_COMPONENTS, PAST, RATE, STATIC, Brain
from brainforecast.controls.draws import draw_table, shifts_of_runs
from brainforecast.controls.group_tables import STATISTICS, statistics_of
from brainforecast.controls.scoring import ControlCell
from brainforecast.controls.shifted_scores import score_under_shifts
from brainforecast.controls.verdict import Judge, ShiftedStatistics, VerdictSettings
from brainforecast.encoding.common_shift import common_rows
from brainforecast.encoding.designs import FeatureSettings, WindowSettings, build_designs
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.context import keep_freed_memory
from brainforecast.jobs.designs import DesignStep, read_stories, read_times
from brainforecast.planning.bases import delays_of
from brainforecast.simulation.planted import planted_features
from brainforecast.sources import PRESENT
from brainforecast.statistics.inference import wilcoxon_signed_rank
from brainforecast.statistics.matched_peaks import MatchedPeaks
from brainforecast.storage.activations import read_layer
from brainforecast.storage.responses import load_responses

LEXICAL = ("word_rate", "word_length", "word_frequency", "silence")
LAYER, WIDTH, DISTANCE, SHORTEST, SEED = 20, 7, 8, 20, 2023
BANK = 1000  # number of the first brain of the bank: none of a run's
NOT_FOLLOWING = "sub-10"  # listener of Pie Man whose responses do not follow the story
SILENT, WIDE = "silent", "content, 100 components and rate"
TUNED = [
    (RATE, 0.0, 5.0),
    (CONTENT, 0.0, 5.0),
    (STATIC, 0.0, 5.0),
    (PAST, 0.0, 4.0),
    (PAST, 0.0, 5.0),
    (PAST, 0.0, 6.0),
]
HELD_OUT = [(WIDE, 0.0, 5.0), (STATIC, 0.0, 3.5), (STATIC, 0.0, 7.0), (CONTENT, 0.0, 3.5), (SILENT, 0.0, 5.0)]
AHEAD = [(FORECAST, share, peak) for share in (0.5, 0.75, 1.0) for peak in (4.0, 5.0, 6.0)]


@dataclass(frozen=True, eq=False)
class Study:
    """Listeners of some stories, and the cell of a base for each sequence of runs."""

    listeners: Sequence[Listener]
    folder: Path
    base: str
    cells: dict

    def cell(self, runs: Sequence[tuple[str, int, int]]) -> ControlCell:
        """The present, the mirror window and the window, for listeners with these runs."""
        if tuple(runs) not in self.cells:
            self.cells[tuple(runs)] = self._build(runs)
        return self.cells[tuple(runs)]

    def _build(self, runs: Sequence[tuple[str, int, int]]) -> ControlCell:
        names, n_trs = [run[0] for run in runs], [run[1] for run in runs]
        tr = self.listeners[0].tr
        vectors = [self.folder / f"activations/smollm2/{name}.safetensors" for name in names]
        times = [read_times(self.folder / f"words/{n}.parquet", LEXICAL, language="en", tr=tr) for n in names]
        features, folds = FeatureSettings(tr, 1, SEED, 8), FoldSettings("paper", 5, 0)
        lexical = () if self.base == PAPER else LEXICAL
        present = WindowSettings(PRESENT, 1, [0], N_COMPONENTS, lexical=lexical, layer_0=self.base == VERDICT)
        windows = WindowSettings("true", WIDTH, [WIDTH - 1 - DISTANCE, DISTANCE], N_COMPONENTS)
        designs = []
        for settings in (present, windows):
            step = DesignStep("", LAYER, settings, vectors, layer_0=vectors)
            designs += build_designs(read_stories(step, names, times), [n_trs], settings, features, folds)
        delays = delays_of(self.base, {"delays": range(6)}, tr)
        encoding = Encoding(tuple(delays), tuple(10.0**power for power in range(-1, 9)))
        rows = common_rows([(n, common) for _, n, common in runs])
        return ControlCell.masked(designs[0], designs[1].components, encoding, rows)

    def draws(self) -> pd.DataFrame:
        """The common shifts: all of one short story, 199 of several."""
        runs = [[(story, n) for story, n, _ in listener.runs] for listener in self.listeners]
        return draw_table(runs, shortest=SHORTEST, n_shifts=199, seed=SEED)


def read_study(folder: Path, base: str) -> Study:
    """Pie Man without the listener who does not follow the story."""
    words = _read_words(folder, ["pieman"])
    listeners = []
    for path in sorted((folder / "responses").glob("sub-*.safetensors")):
        if path.stem != NOT_FOLLOWING:
            series = load_responses(path).responses.astype(float)
            runs = (("pieman", len(series), len(series)),)
            listeners.append(Listener(path.stem, runs, series, words, 1.5, SEED))
    return Study(listeners, folder, base, {})


def study_of_stories(study: Study, folder: Path) -> Study:
    """Three stories, of which each listener has two or three; responses of Pie Man's spectrum and covariance.

    A longer story has the responses of Pie Man over and over, before their phases are randomised.
    """
    names = ["pieman", "shapesphysical", "lucy"]
    words = _read_words(folder, names)
    length = {name: int(np.ceil((words.onsets[name].max() + 15) / 1.5)) for name in names}
    sets = [names, names[:2], names[1:], [names[0], names[2]]]
    listeners = []
    for i, listener in enumerate(study.listeners):
        heard = sets[i % len(sets)]
        n_trs = [length[name] + (i % 3) for name in heard]  # scans that end one or two volumes later
        series = np.concatenate([np.resize(listener.series, (n, listener.series.shape[1])) for n in n_trs])
        runs = tuple((name, n, length[name]) for name, n in zip(heard, n_trs, strict=True))
        listeners.append(replace(listener, runs=runs, series=series, words=words))
    return Study(listeners, folder, study.base, {})


def _read_words(folder: Path, names: Sequence[str]) -> BrainWords:
    vectors = [folder / f"activations/smollm2/{name}.safetensors" for name in names]
    paths = [folder / f"words/{name}.parquet" for name in names]
    words = read_brain_words(paths, vectors, stories=names, layer=LAYER, width=WIDTH, distance=DISTANCE)
    wide = planted_features([read_layer(path, LAYER) for path in vectors], width=1, components=(0, 100))
    rated = [np.hstack([part, 5 * np.ones((len(part), 1))]) for part in wide]
    return replace(words, features={**words.features, WIDE: dict(zip(names, rated, strict=True))})


def simulated(listener: Listener, brain: Brain, ratio: float) -> Listener:
    """The listener with the responses of a brain at a signal-to-noise ratio."""
    if brain.kind == SILENT:
        return replace(listener, series=listener.noise(brain))
    return replace(listener, series=listener.noise(brain) + ratio * listener.signal(brain))


def run_of(study: Study, brain: Brain, ratio: float, every: int) -> tuple[np.ndarray, pd.DataFrame]:
    """R, F and M of the group under every (second, third ..) shift, (3, 1 + K, n_regions), and these shifts."""
    draws = study.draws()
    kept = draws["draw"].unique()[::every]
    draws = draws[draws["draw"].isin(kept)]
    total = 0.0
    for listener in study.listeners:
        made = simulated(listener, brain, ratio)
        shifts = shifts_of_runs([(story, n) for story, n, _ in made.runs], draws)
        scores = score_under_shifts(made.series.astype(np.float32), made.runs, shifts, {"": study.cell(made.runs)})
        total = total + statistics_of(scores[0])
    return total / len(study.listeners), draws


def bank_of(study: Study, n_per_peak: int, ratio: float, seed: int) -> pd.DataFrame:
    """Brains of every kind and share, unshifted, at ratios around the given one; as group/simulated_brains."""
    kinds = [(kind, 0.0) for kind in (RATE, CONTENT, STATIC, PAST)] + [(FORECAST, q) for q in (0.25, 0.5, 0.75, 1.0)]
    named = [(*kind, peak, number) for number in range(n_per_peak) for peak in (4.0, 5.0, 6.0) for kind in kinds]
    factors = {
        key: ratio * np.exp(0.4 * np.random.default_rng([seed, key[3], int(key[2])]).standard_normal()) for key in named
    }
    total = 0.0
    for number, listener in enumerate(study.listeners, start=1):
        made = [
            simulated(listener, Brain(kind, share, peak, BANK + n), factors[kind, share, peak, n]).series
            for kind, share, peak, n in named
        ]
        scores = study.cell(listener.runs).score(np.hstack(made).astype(np.float32)).reshape(3, len(named), -1)
        total = total + statistics_of(scores)
        print(f"simulated brains: listener {number} of {len(study.listeners)}", flush=True)
    keys = pd.DataFrame(named, columns=["kind", "share", "peak", "brain"]).rename_axis("row").reset_index()
    return pd.concat(_places(total / len(study.listeners), "row"), ignore_index=True).merge(keys, on="row")


def _places(values: np.ndarray, row: str) -> Iterator[pd.DataFrame]:
    """Rows of the regions and of the whole brain, from (3, n_rows, n_regions)."""
    names = [f"r{i:03d}" for i in range(values.shape[2])]
    for level, of_level, regions in (("roi", values, names), ("all", values.mean(axis=2, keepdims=True), ["all"])):
        shape = of_level.shape[1:]
        columns = {row: np.repeat(np.arange(shape[0]), shape[1]), "region": np.tile(regions, shape[0])}
        columns |= {name: part.ravel() for name, part in zip(STATISTICS, of_level, strict=True)}
        yield pd.DataFrame(columns).assign(level=level, hemi=None)


def judge_of(run: np.ndarray, draws: pd.DataFrame, bank: pd.DataFrame) -> Judge:
    """The rule on one run."""
    table = pd.concat(_places(run, "draw"), ignore_index=True)
    long = table.melt(["draw", "level", "hemi", "region"], list(STATISTICS), var_name="statistic")
    draws = draws.assign(draw=pd.factorize(draws["draw"])[0] + 1)
    shifted = ShiftedStatistics(long.assign(base="verdict", n_subjects=0), draws)
    lobes = pd.DataFrame({"hemi": [], "region": [], "lobe": []}, dtype=object)
    return Judge(shifted, bank, lobes, VerdictSettings(0.05, 0.5, fewest_shifts=39))


def outcome(judge: Judge) -> dict[str, object]:
    """What the rule says of one run, and what it rests on."""
    verdicts, reasons = judge.verdicts()
    regions = judge.shifted.columns_of("roi")
    values = {name: judge.shifted.of("verdict", name) for name in STATISTICS}
    R, F, M = (values[name] for name in STATISTICS)
    p_F, p_M = judge.shifted.tests(F)[0], judge.shifted.tests(M)[0]
    both = (np.maximum(p_F, p_M) <= 0.05) & (F[0] > 0) & (M[0] > 0)
    of_regions = [verdicts[i] for i in regions]
    return {
        **{name: float(values[name][0, -1]) for name in STATISTICS},
        "p_F": float(p_F[-1]), "p_M": float(p_M[-1]), "m_star": float(judge.smallest_differences[-1]),
        "misaligned": float(R[1:, -1].mean()),
        "regions_F": float((p_F[regions] <= 0.05).mean()), "regions_M": float((p_M[regions] <= 0.05).mean()),
        "regions_both": float(both[regions].mean()), "whole": verdicts[-1], "reason": reasons[-1],
        "regions_supported": np.mean([v == "supported" for v in of_regions]),
        "regions_not_above_passive": np.mean([v == "not_above_passive" for v in of_regions]),
    }  # fmt: skip


def run_all(study: Study, kinds: Iterable[tuple], args: argparse.Namespace, name: str) -> pd.DataFrame:
    """Every kind of brain `--runs` times, each with other listeners; one row per run."""
    bank = cached(args, f"{name}_bank", lambda: bank_of(study_of(study, args, 55), args.brains, args.ratio, 7))
    rows = []
    for number in range(args.runs):
        for kind, share, peak in kinds:
            started = time.time()
            brain, some = Brain(kind, share, peak, number), study_of(study, args, 100 + number)
            label = f"{name}_{kind}_{share}_{peak}_{number}"
            run, draws = cached(args, label, lambda s=some, b=brain: run_of(s, b, args.ratio, args.every))
            found = {"kind": kind, "share": share, "peak": peak, "run": number, **outcome(judge_of(run, draws, bank))}
            rows.append(found)
            shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
            print(f"{time.time() - started:.0f} s", *shown.values(), flush=True)
    return pd.DataFrame(rows)


def study_of(study: Study, args: argparse.Namespace, seed: int) -> Study:
    """The study with `--listeners` of its listeners."""
    n = min(args.listeners, len(study.listeners))
    chosen = np.sort(np.random.default_rng(seed).choice(len(study.listeners), n, replace=False))
    return replace(study, listeners=[study.listeners[i] for i in chosen])


def cached(args: argparse.Namespace, name: str, make):
    """What an earlier call saved under this name, or what `make` gives now."""
    if args.save is None:
        return make()
    path = Path(args.save) / f"{name}.pickle"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.to_pickle(make(), path)
    return pd.read_pickle(path)


def contrast_rates(n_runs: int) -> Mapping[str, float]:
    """How often two regions with one true curve and signal-to-noise 4 : 1 differ at p <= .05 in where they peak."""
    rng, distances = np.random.default_rng(SEED), np.arange(-14, 31)
    curve = np.exp(-0.5 * ((distances - 4) / 5.0) ** 2)
    smooth = np.exp(-0.5 * (np.subtract.outer(distances, distances) / 3.0) ** 2)
    root = np.linalg.cholesky(smooth + 1e-6 * np.eye(len(distances)))
    p: dict[str, list[float]] = {"paper's mean of argmaxes": [], "leading": []}
    for number in range(n_runs):
        noise = rng.standard_normal((2, 16, len(distances))) @ root.T
        first, second = curve + 0.5 * noise[0], curve + 2 * noise[1]
        argmaxes = distances[first.argmax(axis=1)] - distances[second.argmax(axis=1)]
        p["paper's mean of argmaxes"].append(wilcoxon_signed_rank(argmaxes[:, None].astype(float))[0])
        p["leading"].append(MatchedPeaks(first, second, distances, n_draws=999, seed=number).group().p_matched)
    return {name: float(np.mean(np.array(values) <= 0.05)) for name, values in p.items()}


def report(table: pd.DataFrame) -> pd.DataFrame:
    """One row per kind, share and peak."""
    keys = ["kind", "share", "peak"]
    means = table.groupby(keys, sort=False)[[*STATISTICS, "regions_F", "regions_M", "regions_both",
                                             "regions_supported", "regions_not_above_passive"]].mean()  # fmt: skip
    words = table.groupby(keys, sort=False)["whole"].value_counts().unstack(fill_value=0)
    return means.join(words).join(table.groupby(keys, sort=False).size().rename("runs"))


def check(args: argparse.Namespace) -> dict:
    """Run the parts asked for; the last line's numbers."""
    study, found = read_study(args.results, args.base), {}
    parts = {"tuned": (study, TUNED), "held-out": (study, HELD_OUT), "ahead": (study, AHEAD)}
    if args.stories:
        kinds = [(RATE, 0.0, 5.0), (CONTENT, 0.0, 5.0), (STATIC, 0.0, 5.0), (PAST, 0.0, 5.0), (FORECAST, 0.5, 5.0)]
        parts["stories"] = (study_of_stories(study, args.stories), kinds)
    for part in args.part:
        if part == "contrast":
            found[part] = contrast_rates(200)
        else:
            of_part, kinds = parts[part]
            name = "stories" if part == "stories" else "pieman"
            name += "" if args.base == VERDICT else f"-{args.base}"
            table = report(run_all(of_part, kinds, args, name))
            print(table.round(4).to_string(), flush=True)
            found[part] = table.reset_index().round(5).to_dict("records")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results/pieman"), help="of config/pieman.yaml")
    parser.add_argument("--stories", type=Path, help="folder with words/ and activations/ of three stories")
    parser.add_argument("--part", nargs="+", default=["tuned", "held-out", "ahead", "contrast"],
                        choices=["tuned", "held-out", "ahead", "stories", "contrast"])  # fmt: skip
    parser.add_argument("--runs", type=int, default=4, help="runs of each kind of brain (4)")
    parser.add_argument("--listeners", type=int, default=16, help="listeners of a run (16)")
    parser.add_argument("--brains", type=int, default=17, help="brains of each kind, share and peak for the rule (17)")
    parser.add_argument("--every", type=int, default=1, help="use every second, third .. shift: faster (1)")
    parser.add_argument(
        "--base", default=VERDICT, choices=[PAPER, LEXICAL_BASE, VERDICT], help="only the verdict's votes"
    )
    parser.add_argument("--ratio", type=float, default=1.0, help="signal-to-noise ratio of a region (1)")
    parser.add_argument("--save", type=Path, help="folder that keeps every run")
    arguments = parser.parse_args()
    threadpool_limits(1)
    keep_freed_memory()
    sizes = {name: value for name, value in vars(arguments).items() if not isinstance(value, Path)}
    print(json.dumps({**check(arguments), "sizes": sizes}, default=str))
