"""What a verdict adds to a study: designs, jobs and layers, each once; and what stops it when planning."""

import pytest

from brainforecast.cells import Grid
from brainforecast.controls import brains as kinds
from brainforecast.encoding.common_shift import ALL_UP_TO
from brainforecast.errors import BadInput
from brainforecast.planning import verdict as planning
from brainforecast.planning.controls import ControlJobs
from brainforecast.planning.products import Products
from brainforecast.planning.resources import JobResources

FORECAST = {"models": ["smollm2"], "layers": [20], "sources": ["true"], "widths": [7],
            "distances": {"first": -14, "last": 30}}  # fmt: skip


@pytest.fixture
def verdict_study(new_study, region_plan):
    """A function that makes a study of Pie Man with a verdict and a forecast of one layer, with changes."""

    def make(**changes):
        defaults = {"analyses": {"forecast": FORECAST}, "verdict": {}, "maps__base": "paper", "maps__layer": 20,
                    "fanout__cells_per_job": None}  # fmt: skip
        return new_study("pieman", region_plan, **defaults | changes)

    return make


def test_no_verdict_adds_nothing(verdict_study):
    study = verdict_study(verdict=None)
    assert not study.verdict.wanted and study.verdict.grids == [] and study.verdict.brains == []
    assert study.models.layers("smollm2") == [20]
    assert {grid.base for (grid,) in study.fanout.design_jobs.values()} == {"paper"}
    names = {table.name for table in Products(study).tables}
    assert not {"shift_draws", "shifts", "simulated_brains"} & names


def test_the_reported_window_and_its_mirror_have_designs_in_every_base(verdict_study):
    """Those of the analyses are shared; nothing is added to the jobs that score targets."""
    study, without = verdict_study(), verdict_study(verdict=None)
    assert {grid.base for grid in study.verdict.grids} == {"paper", "lexical", "verdict"}
    windows = [grid for grid in study.verdict.grids if grid.width]
    assert [grid.distances for grid in windows] == [(-2, 8)] * 3
    assert study.grids == without.grids
    assert study.fanout.scoring_jobs == without.fanout.scoring_jobs
    added = {key: study.fanout.design_jobs[key] for key in study.fanout.design_jobs.keys() - without.fanout.design_jobs}
    assert added == {
        ("smollm2", f"layer-20_base-{base}_source-present_width-0"): [Grid("smollm2", 20, base, "present", 0, (0,))]
        for base in ("lexical", "verdict")
    }
    for key, (grid,) in without.fanout.design_jobs.items():
        assert study.fanout.design_jobs[key][0].distances == grid.distances


def test_jobs_of_the_analyses_stay_as_they_are(verdict_study):
    """A verdict that is added to a finished study computes no score of a target anew, grouped into jobs or not."""
    analyses = {"forecast": FORECAST, "lexical": FORECAST | {"base": "lexical", "layers": [10, 20]}}
    for per_job in (None, 60, 1000):
        study, without = (
            verdict_study(fanout__cells_per_job=per_job, analyses=analyses, verdict=verdict) for verdict in ({}, None)
        )
        assert len(study.fanout.design_jobs) > len(without.fanout.design_jobs)
        for key, grids in without.fanout.design_jobs.items():
            assert study.fanout.design_jobs[key] == grids
            assert study.design_steps(*key) == without.design_steps(*key)
        for key in without.fanout.scoring_jobs:
            assert study.fanout.cells(*key, "02") == without.fanout.cells(*key, "02")
            assert study.encoding(*key) == without.encoding(*key)


def test_a_window_that_no_analysis_has_is_added(verdict_study):
    """A distance beside those of the analyses joins their design; its layer and layer 0 are extracted."""
    study = verdict_study(verdict={"distance": 40})
    ((grid,),) = [grids for (_, job), grids in study.fanout.design_jobs.items() if "true" in job]
    assert grid.distances == (-34, *range(-14, 31), 40)
    assert study.models.layers("smollm2") == [0, 20]


def test_cells_name_the_jobs_of_their_designs(verdict_study):
    """In the order of the bases; grouped or not, the designs are in the files that a job reads."""
    for per_job in (None, 1000):
        study = verdict_study(fanout__cells_per_job=per_job)
        jobs = ControlJobs(study)
        assert jobs.bases == [cell["base"] for cell in jobs.cells()] == ["paper", "lexical", "verdict"]
        for cell in jobs.cells():
            present, windows = cell["designs"]
            assert present[1] == f"layer-20_base-{cell['base']}_source-present_width-0"
            assert (windows[1], cell["distances"]) == ("layer-20_source-true_width-7", [-2, 8])
            for job, design in cell["designs"]:
                assert design in [grid.design for grid in study.fanout.design_jobs["smollm2", job]]
        read = {path.rpartition("/")[2].removesuffix(".safetensors") for path in jobs.design_files("02", "verdict")}
        assert read == {job for job, _ in jobs.cells("verdict")[0]["designs"]}
        assert len(jobs.cells("verdict")) == 1
    assert jobs.words == {"stories": ["pieman", "myth"], "layer": 20, "width": 7, "distance": 8}


def test_delays_and_shifts_cover_the_response(verdict_study):
    """12 s after the first delay; a shift is longer than the longest delay and 12 s more."""
    study = verdict_study()
    assert ControlJobs(study).encoding["delays"] == {
        "paper": list(range(6)), "lexical": list(range(6)), "verdict": list(range(9)),
    }  # fmt: skip
    assert study.verdict.shortest_shift == 20
    assert verdict_study(verdict={"shortest_shift": 5}).verdict.shortest_shift == 16
    assert verdict_study(encoding__delays=[12]).verdict.shortest_shift == 20
    assert verdict_study(encoding__delays=[13]).verdict.shortest_shift == 21


def test_brains_of_each_kind_and_share(verdict_study):
    """As many of each, a third for each response peak; the verdict's own share is among the others once."""
    brains = verdict_study(verdict={"brains": 6, "share": 0.3}).verdict.brains
    shares = {0.25, 0.3, 0.5, 0.75, 1.0}
    found = {(brain["kind"], brain["share"]) for brain in brains}
    assert found == {(kind, 0.0) for kind in kinds.PASSIVE} | {(kinds.FORECAST, share) for share in shares}
    assert len(brains) == 6 * len(found) == len({tuple(brain.values()) for brain in brains})
    of_one = [brain["peak"] for brain in brains if brain["share"] == 0.3]
    assert [of_one.count(peak) for peak in (4.0, 5.0, 6.0)] == [2, 2, 2]
    assert len(verdict_study(verdict={"brains": 6}).verdict.brains) == 6 * 8


def test_names_are_those_of_the_simulation_and_the_shifts():
    """Planning imports no arrays, so it has a copy of them."""
    assert (planning.PASSIVE, planning.FORECAST) == (kinds.PASSIVE, kinds.FORECAST)
    assert planning.ALL_UP_TO == ALL_UP_TO


def test_tables_and_requests_of_a_verdict(verdict_study):
    study = verdict_study()
    final = Products(study).final
    assert "results/pieman/group/simulated_brains.parquet" in final
    more = verdict_study(verdict={"brains": 900, "shifts": 99_999})
    for one in (study, more):
        vars(one.sizes)["n_targets"] = 100  # the runs are not here
    sizes = study.sizes.in_memory({"subject": "01"})
    assert (sizes["regions"], sizes["draws"], sizes["brains"]) == (100, 401, 51 * 8)
    for kind in ("shifts", "brains"):
        usual, longer = (JobResources(one.sizes).run_time(kind)({"subject": "01"}, 1) for one in (study, more))
        assert usual < longer


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": {"distance": 6}}, r"verdict.distance: found 6; expected at least maps.width, 7"),
        ({"verdict": {"level": 0}}, r"verdict.level"),
        ({"verdict": {"share": 1}}, r"verdict.share"),
        ({"verdict": {"brains": 50}}, r"verdict.brains"),
        ({"verdict": {"distanc": 8}}, r"verdict.distanc: found an unknown key; .*nearest is distance"),
        ({"maps__source": "generated", "verdict": {"distance": 13}, "analyses": {"forecast": FORECAST | {
            "sources": ["generated"], "distances": [0, 8]}}}, r"verdict.distance: found 13; .*generated.horizon, 12"),
        ({"models__smollm2__side_by_side": [0, 20], "maps__layer": 0, "analyses": {"forecast": FORECAST | {
            "layers": [0]}}}, r"config key verdict: found maps.model smollm2; expected null: layer 0"),
    ],
)  # fmt: skip
def test_a_verdict_that_cannot_be_given_stops_planning(verdict_study, changes, message):
    with pytest.raises(BadInput, match=message):
        verdict_study(**changes)


def test_a_verdict_on_a_surface_needs_regions(new_study):
    with pytest.raises(BadInput, match=r"config key verdict: found vertices without regions; expected an atlas"):
        new_study(verdict={}, atlas=None)


def test_a_verdict_needs_the_audio_of_its_envelope(new_study):
    with pytest.raises(BadInput, match=r"stimuli/desert/audio.wav: found no audio"):
        new_study(verdict={}, encoding__lexical=["envelope"], analyses__forecast__base="paper", maps__base="paper")
