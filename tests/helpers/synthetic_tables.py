"""Tables with the columns of a real run, small and from known numbers: for figures, maps and report."""

import numpy as np
import pandas as pd
from scipy.special import erf

DISTANCES = tuple(range(-14, 31))
LAYERS = (0, 8, 16)
CONTRAST_MEASURES = ("group_peak_distance", "peak_distance", "forecast_distance")
CELL = {"model": "tiny", "layer": 16, "base": "paper", "source": "true", "width": 7, "distance": 8, "reference": 0,
        "depth_distance": 8, "q_level": 0.01}  # fmt: skip
REGIONS = {
    # region: (lobe, kind, planted distance)
    "transversetemporal": ("temporal", "present", np.nan),
    "superiortemporal": ("temporal", "forecast", 5.0),
    "middletemporal": ("temporal", "forecast", 6.0),
    "supramarginal": ("parietal", "forecast", 8.0),
    "parsopercularis": ("frontal", "forecast", 9.0),
    "parstriangularis": ("frontal", "forecast", 10.0),
    "pericalcarine": ("occipital", "silent", np.nan),
    "lingual": ("occipital", "silent", np.nan),
}
HEIGHT = {"silent": 0.0, "present": 0.004, "forecast": 0.02}
BRAIN = {"silent": 0.0, "present": 0.12, "forecast": 0.09}


def surface_targets(n_per_hemisphere: int) -> pd.DataFrame:
    """Vertices of both hemispheres, regions in equal runs, the last tenth of each hemisphere unknown."""
    names = list(REGIONS)
    vertex = np.arange(n_per_hemisphere)
    index = vertex * len(names) // max(1, int(0.9 * n_per_hemisphere))
    roi = np.array([names[i] if i < len(names) else None for i in index], dtype=object)
    sides = []
    for offset, hemi in enumerate("LR"):
        lobe = [REGIONS[name][0] if name else None for name in roi]
        side = {"target": vertex + offset * n_per_hemisphere, "hemi": hemi, "vertex": vertex, "roi": roi, "lobe": lobe}
        sides.append(pd.DataFrame(side))
    return pd.concat(sides, ignore_index=True).assign(x=0.0, y=0.0, z=0.0)


def region_targets(n_regions: int) -> pd.DataFrame:
    """Region time series: no hemisphere, no vertex, no lobe."""
    roi = [f"hub{i:02d}" for i in range(n_regions)]
    empty = dict.fromkeys(("hemi", "vertex", "lobe", "x", "y", "z"))
    return pd.DataFrame({"target": range(n_regions), "roi": roi, **empty})


def kind_of(roi: object, position: int = 0) -> tuple[str, float]:
    """Kind and planted distance; regions without a name in REGIONS take turns."""
    if roi in REGIONS:
        return REGIONS[roi][1:]
    return (("forecast", 8.0), ("present", np.nan), ("silent", np.nan))[position % 3]


def curve(kind: str, planted: float, source: str) -> np.ndarray:
    """F(d): a bump of the width of the window at the planted distance; only chance for a shuffled window."""
    d = np.array(DISTANCES, dtype=float)
    if source == "shuffled":
        return np.full(d.size, -0.001)
    small = 0.006 * np.exp(-0.5 * ((d - 2) / 3) ** 2)  # a present-only region gains a little near d = 2
    peak = HEIGHT[kind] * np.exp(-0.5 * ((d - (planted if kind == "forecast" else 2)) / 4) ** 2)
    return (small if kind != "silent" else 0.0) + peak


def subject_roi_scores(targets: pd.DataFrame, n_subjects: int = 8, effect: float = 1.0) -> pd.DataFrame:
    """Region, lobe and all-target scores of every subject."""
    generator = np.random.default_rng(0)
    named = targets.dropna(subset="roi").drop_duplicates(["hemi", "roi"])
    frames = []
    for subject in range(1, n_subjects + 1):
        for position, (hemi, roi, lobe) in enumerate(zip(named["hemi"], named["roi"], named["lobe"], strict=True)):
            kind, planted = kind_of(roi, position)
            key = {
                "subject": f"{subject:02d}",
                "model": "tiny",
                "base": "paper",
                "hemi": hemi,
                "roi": roi,
                "lobe": lobe,
            }
            key |= {"level": "roi"}
            layers = effect * BRAIN[kind] * np.array([0.6, 1.1, 1.0]) + generator.normal(0, 0.01, 3)
            present = {"score": "brain_score", "layer": LAYERS, "source": "present", "width": 0, "distance": 0}
            frames.append(pd.DataFrame({**key, **present, "mean": layers}))
            for source in ("true", "shuffled"):
                F = effect * curve(kind, planted, source) + generator.normal(0, 0.002, len(DISTANCES))
                ahead = {"score": "forecast_score", "layer": 16, "source": source, "width": 7, "distance": DISTANCES}
                frames.append(pd.DataFrame({**key, **ahead, "mean": F}))
    regions = pd.concat(frames, ignore_index=True)
    regions = pd.concat([regions, mirror_differences(regions)], ignore_index=True)
    cell = ["subject", "score", "model", "layer", "base", "source", "width", "distance"]
    wide = regions.groupby(cell, as_index=False)["mean"].mean().assign(level="all", hemi=None, roi="all")
    levels = [regions, wide]
    if regions["lobe"].notna().any():
        lobe = regions.drop(columns="roi").rename(columns={"lobe": "roi"})
        for pooled in (lobe, lobe.assign(hemi="")):
            pooled = pooled.groupby([*cell, "hemi", "roi"], as_index=False)["mean"].mean().assign(level="lobe")
            levels.append(pooled.replace({"hemi": {"": None}}))
        auditory = regions[regions["roi"] == "transversetemporal"].groupby([*cell, "roi"], as_index=False)["mean"]
        levels.append(auditory.mean().assign(level="roi", hemi=None))
    return pd.concat(levels, ignore_index=True).drop(columns="lobe").assign(n_targets=10)


def mirror_differences(regions: pd.DataFrame) -> pd.DataFrame:
    """M(d) = F(d) - F(w - 1 - d) of every distance of at least w whose mirror is scored."""
    F = regions[(regions["score"] == "forecast_score") & regions["distance"].between(-14, 20)]
    keys = [column for column in F if column not in ("score", "mean")]
    back = F.assign(distance=F["width"] - 1 - F["distance"])[[*keys, "mean"]]
    both = F[F["distance"] >= F["width"]].merge(back, on=keys, suffixes=("", "_back"))
    return both.assign(score="mirror_difference", mean=both["mean"] - both["mean_back"]).drop(columns="mean_back")


def subject_roi_distances(scores: pd.DataFrame) -> pd.DataFrame:
    """Peak of each region's curve in each subject; the mean over its targets is nearer the middle of the range."""
    F = scores[scores["score"] == "forecast_score"].fillna({"hemi": ""}).reset_index(drop=True)
    key = ["subject", "model", "layer", "base", "source", "width", "level", "hemi", "roi"]
    best = F.loc[F.groupby(key)["mean"].idxmax(), [*key, "n_targets", "distance"]]
    best = best.rename(columns={"distance": "peak_distance"}).replace({"hemi": {"": None}})
    return best.assign(forecast_distance=0.6 * best["peak_distance"] + 4.0)


def group_roi_scores(subjects: pd.DataFrame) -> pd.DataFrame:
    """Mean, SEM, interval and a p value over subjects."""
    key = ["score", "model", "layer", "base", "source", "width", "distance", "level", "hemi", "roi"]
    table = subjects.groupby(key, dropna=False, as_index=False)["mean"].agg(["size", "mean", "sem"])
    table = table.rename(columns={"size": "n_subjects"})
    return _tested(table).assign(
        ci_low=table["mean"] - 1.96 * table["sem"], ci_high=table["mean"] + 1.96 * table["sem"]
    )


def run_tables(targets: pd.DataFrame, *, n_subjects: int = 8, effect: float = 1.0) -> dict[str, pd.DataFrame]:
    """Every table that figures, maps and report read."""
    subjects = subject_roi_scores(targets, n_subjects, effect=effect)
    scored = targets.dropna(subset="roi")
    generator = np.random.default_rng(1)
    kinds = [kind_of(roi, turn) for turn, roi in enumerate(scored["roi"])]
    kind = np.array([k for k, _ in kinds])
    planted = np.array([p for _, p in kinds])
    base = {"target": scored["target"].to_numpy(), "n_subjects": n_subjects, "model": "tiny", "base": "paper"}

    def group(mean: np.ndarray, scale: float, **cell: object) -> pd.DataFrame:
        return pd.DataFrame(
            {**base, **cell, "mean": mean + generator.normal(0, scale / 3, mean.size), "sem": scale / 3}
        )

    R = [group(effect * np.vectorize(BRAIN.get)(kind), 0.03, layer=layer) for layer in LAYERS]
    window = {"layer": 16, "source": "true", "width": 7}
    F = [group(effect * np.vectorize(HEIGHT.get)(kind), 0.004, **window, distance=d) for d in (0, 8)]
    D = group(np.where(np.isnan(planted), 10.0, planted), 3.0, **window)
    mask = np.where((kind == "forecast") & (effect > 0), 0.001, 0.4)
    truth = pd.DataFrame({"target": scored["target"], "roi": scored["roi"], "kind": kind, "planted_distance": planted,
                          "planted_depth": np.nan, "planted_source": None,
                          "planted_share": np.where(kind == "forecast", 0.9, 0.0), "gain": 1.0})  # fmt: skip
    return {
        "targets": targets,
        "brain_scores": _tested(pd.concat(R, ignore_index=True)).assign(noise_ceiling=None, listener_correlation=None),
        "forecast_scores": _tested(pd.concat(F, ignore_index=True)),
        "forecast_distance": D.assign(p_value=mask, q_value=mask),
        "subject_roi_scores": subjects,
        "subject_roi_distances": subject_roi_distances(subjects),
        "roi_scores": group_roi_scores(subjects),
        "contrasts": contrasts(n_subjects, effect),
        "exclusions": exclusions(n_subjects),
        "models": models(),
        "truth": truth,
    }


def with_another_base(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of a run that also scored a base which is not reported, with other results."""
    changed = {}
    for name, table in tables.items():
        if "base" not in table:
            continue
        other = table[table["model"] != "listeners"].assign(base="lexical")
        values = other.columns.intersection(["mean", "effect", "r", "peak_distance", "peak_depth", "forecast_distance"])
        other = other.assign(**{value: -2 * other[value] for value in values})
        changed[name] = pd.concat([other, table], ignore_index=True)
    return tables | changed


def contrasts(n_subjects: int, effect: float) -> pd.DataFrame:
    """Frontal minus temporal forecast distance, over both hemispheres and in each, by every measure."""
    p = 0.008 if effect else 0.6
    sides = [{"measure": m, "hemi": h} for h in (None, "L", "R") for m in CONTRAST_MEASURES]
    cell = {
        "contrast": "frontal - temporal",
        "model": "tiny",
        "layer": 16,
        "base": "paper",
        "source": "true",
        "width": 7,
    }
    found = {"effect": 3.4, "ci_low": 2.1, "ci_high": 4.6, "bias": -0.7, "n_subjects": n_subjects}
    tests = {"group_peak_distance": (np.nan, p), "peak_distance": (p, p), "forecast_distance": (p, np.nan)}
    return pd.DataFrame([
        {**cell, **side, **found, **dict(zip(("p_value", "p_matched"), tests[side["measure"]], strict=True))}
        for side in sides
    ])  # fmt: skip


def models() -> pd.DataFrame:
    """What the one model is, with one unknown token in a story."""
    row = {"model": "tiny", "model_kind": "pretrained", "modality": "text", "model_source": "tiny", "revision": None,
           "dtype": "float32", "quantization": None, "context": 1024, "stride": 256, "word_vector": "last",
           "audio_context": np.nan, "n_layers": 16, "layers": "0, 8, 16", "n_features": 64, "rows": "word",
           "n_rows": 300, "n_tokens": 400}  # fmt: skip
    stories = [
        {"story": "desert", "n_unknown": 0, "unknown": 0.0},
        {"story": "piano", "n_unknown": 1, "unknown": 0.0025},
    ]
    return pd.DataFrame([row | story for story in stories])


def exclusions(n_subjects: int) -> pd.DataFrame:
    """Every subject has both stories, except one whose run is too short, with a <tag> in the reason."""
    listed = [
        {"subject": f"{s:02d}", "story": story, "run": "", "used": "yes", "reason": "", "n_trs": 80}
        for s in range(1, n_subjects + 1)
        for story in ("desert", "piano")
    ]
    listed[1] |= {
        "used": "no",
        "reason": "run of 40 volumes is shorter than its story (needs > 212 <s>)",
        "n_trs": None,
    }
    listed.append(
        {
            "subject": "99",
            "story": "piano",
            "run": "2",
            "used": "no",
            "reason": "listed in the exclusions",
            "n_trs": None,
        }
    )
    return pd.DataFrame(listed)


def words() -> dict[str, pd.DataFrame]:
    """Two stories of 2.5 words per second; one word before the run."""
    onset = np.arange(300) / 2.5
    table = pd.DataFrame({"word": "word", "onset": onset, "offset": onset + 0.4, "sentence": 0})
    return {"desert": table, "piano": table.assign(onset=onset - 0.2, offset=onset + 0.2)}


def subject_summaries(n_subjects: int) -> list[dict]:
    """Metadata of the responses of each subject; the first has one story only."""
    counts = {"n_masked": 12, "n_constant": 1}
    both = {"stories": ["desert", "piano"], "n_trs": [80, 82], "words_outside": [0, 1], **counts}
    one = {"stories": ["desert"], "n_trs": [80], "words_outside": [0], **counts}
    return [{"subject": f"{s:02d}", **(both if s > 1 else one)} for s in range(1, n_subjects + 1)]


def config(*, simulated: bool, response: str = "surface") -> dict:
    """A validated config with its defaults."""
    return {
        "seed": 1,
        "dataset": {
            "name": "toy",
            "root": "data/toy",
            "response": response,
            "space": None,
            "desc": "x <b>",
            "tr": 1.5,
            "language": "en",
        },
        "simulation": {"n_listeners": 8} if simulated else None,
        "models": {"tiny": {"source": "tiny", "context": 1024, "stride": 256, "word_vector": "last", "batch_size": 8}},
        "finetuning": {},
        "encoding": {
            "row_offset": 1,
            "delays": [0, 1, 2, 3, 4, 5],
            "n_components": 20,
            "lexical": ["word_rate", "word_length", "word_frequency", "silence"],
            "alphas": {"first": -1, "last": 8, "n": 10},
            "folds": {"scheme": "paper", "n_folds": 5, "gap": 12},
        },
        "sources": {
            "shuffled": {"block": 50},
            "static": {"model": None},
            "generated": {"n_futures": 3, "horizon": 12, "temperature": 1.0, "top_p": 0.9},
            "syntactic": {
                **{"n_futures": 10, "horizon": 12, "base": "paper", "n_candidates": 20, "threshold": 0.8},
                **{"too_few": "best", "function_words": True, "parser": "en", "corpus": ["a.txt"]},
            },
        },
        "analyses": {
            "forecast": {"models": ["tiny"], "layers": [16], "base": "paper", "distances": {"first": -14, "last": 30}}
        },
        "maps": dict(CELL),
        "atlas": None,
    }


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    z = (table["mean"] / table["sem"]).abs()
    p = (1 - erf(z / np.sqrt(2))).clip(lower=0.008)
    return table.assign(p_value=p, q_value=(p * 1.2).clip(upper=1.0))
