"""The scripts of the plot rules: from tables on disk to files."""

import pandas as pd

from helpers.figures import settings
from helpers.synthetic_tables import with_another_base, words
from scripts.figures.plot_curves import plot_curves
from scripts.figures.plot_depths import plot_depths
from scripts.figures.plot_distances import plot_distances
from scripts.figures.plot_layers import plot_layers
from scripts.figures.plot_recovery import plot_recovery
from scripts.figures.plot_region_curves import plot_region_curves
from scripts.figures.plot_region_depths import plot_region_depths
from scripts.figures.plot_region_values import TABLES, plot_region_values
from scripts.figures.plot_regions import plot_regions
from scripts.figures.plot_symmetry import plot_symmetry
from scripts.figures.plot_widths import plot_widths

CURVES = [
    {"level": "roi", "roi": "transversetemporal", "label": "auditory"},
    *({"level": "lobe", "roi": lobe} for lobe in ("temporal", "frontal", "occipital")),
]


def test_scripts_write_the_same_bytes_twice(cortex, regions, tmp_path):
    """Each script reads tables and writes PNG and SVG without a date; only the reported base is drawn."""
    write_all(cortex, regions, tmp_path / "first")
    write_all(with_another_base(cortex), with_another_base(regions), tmp_path / "second")
    first = sorted((tmp_path / "first").glob("*.[ps][nv]g"))
    assert len(first) == 14
    for path in first:
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name
        assert path.stat().st_size > 5_000


def write_all(cortex: dict, regions: dict, folder) -> None:
    folder.mkdir()
    both = lambda name: [folder / f"{name}.png", folder / f"{name}.svg"]  # noqa: E731
    at = lambda name: folder / f"{name}.parquet"  # noqa: E731
    for name, table in cortex.items():
        if name not in ("exclusions",):
            table.to_parquet(at(name))
    for story, table in words().items():
        table.to_parquet(at(story))
    for name in ("targets", "forecast_distance"):
        regions[name].to_parquet(at(f"region_{name}"))
    of = {"settings": settings(curves=CURVES)}
    stories = [at(story) for story in words()]
    plot_curves(at("roi_scores"), stories, both("curves"), name="forecast_curves", **of)
    plot_regions(at("roi_scores"), [at("subject_roi_scores")], both("R"), score="brain_score", **of)
    plot_regions(at("roi_scores"), [], both("F"), score="forecast_score", **of)
    plot_region_curves(at("roi_scores"), stories, both("heat"), **of)
    plot_distances(at("region_targets"), at("region_forecast_distance"), [], stories, both("d"), **of)
    plot_layers(at("roi_scores"), both("layers"), **of)
    tables = ("truth", "targets", "subject_roi_scores", "subject_roi_distances")
    truth, targets, scores, distances = map(at, tables)
    depths = folder / "depths.parquet"
    pd.DataFrame(columns=["level", "model", "base", "source", "width", "distance"]).to_parquet(depths)
    plot_recovery(truth, targets, [scores], [distances], [depths], stories, both("recovery"), **of)


def test_scripts_draw_every_analysis(cortex_analyses, region_analyses, tmp_path):
    """Each script reads its tables and writes both formats."""
    both = lambda name: [tmp_path / f"{name}.png", tmp_path / f"{name}.svg"]  # noqa: E731
    for kind, tables in (("cortex", cortex_analyses), ("regions", region_analyses)):
        for name, table in tables.items():
            table.to_parquet(tmp_path / f"{kind}_{name}.parquet")
    for story, table in words().items():
        table.to_parquet(tmp_path / f"{story}.parquet")
    at = lambda name, kind="cortex": tmp_path / f"{kind}_{name}.parquet"  # noqa: E731
    stories = [tmp_path / f"{story}.parquet" for story in words()]
    of = {"settings": settings()}
    plot_depths(at("roi_scores"), both("depths"), **of)
    plot_curves(at("roi_scores"), stories, both("sources"), name="sources", **of)
    plot_widths(at("widths"), at("roi_scores"), stories, both("widths"), of_series=False, **of)
    distances = [at("subject_roi_distances")]
    plot_symmetry(distances, at("symmetry"), at("roi_scores"), stories, both("symmetry"), **of)
    targets, depth = (at(name, "regions") for name in ("targets", "forecast_depth"))
    plot_region_depths(targets, depth, [], both("k"), **of)
    tables = {name: at(name, "regions") for name in TABLES}
    for stat in ("bestlayer", "normalisedscore"):
        plot_region_values(targets, tables, both(stat), stat=stat, scored={"layers": [0, 8, 16]}, **of)
    drawn = [path for path in tmp_path.iterdir() if path.suffix in (".png", ".svg")]
    assert len(drawn) == 14 and all(path.stat().st_size > 5_000 for path in drawn)
