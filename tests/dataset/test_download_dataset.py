"""A workflow downloads the alignments, surfaces and labels it needs and lacks, completely, and nothing else."""

import hashlib
import shutil
from pathlib import Path

import nibabel
import numpy as np

from brainforecast.readers.surfaces import load_surface
from helpers.datasets import write_lines
from helpers.loopback import serving
from helpers.studies import SURFACE_SECTIONS, write_surface_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]


def lay_dataset(root: Path, server) -> dict:
    """Write lists and the left half of an atlas here; runs, words, surfaces and the right half are on the server."""
    dataset, remote, freesurfer = write_surface_dataset(root), root.with_name("remote"), root.with_name("subjects")
    shutil.rmtree(root / "stimuli")
    words = (remote / "stimuli/fable/words.tsv").read_bytes()
    digest = hashlib.sha256(words).hexdigest()
    write_lines(root / "sums.tsv", "path\tsha256\tsize", f"stimuli/fable/words.tsv\t{digest}\t{len(words)}")
    space = freesurfer / "fsaverage5"
    (space / "surf").mkdir(parents=True)
    (space / "label").mkdir()
    for kind in ("pial", "inflated", "sulc"):
        for side, part in zip(("lh", "rh"), load_surface("fsaverage5", kind).values(), strict=True):
            write = nibabel.freesurfer.write_morph_data if kind == "sulc" else nibabel.freesurfer.write_geometry
            write(space / f"surf/{side}.{kind}", *([part] if kind == "sulc" else part))
    colours = np.array([[1, 2, 3, 0], [4, 5, 6, 0]])
    for side in ("lh", "rh"):
        labels = np.arange(10242, dtype=np.int32) % 2
        nibabel.freesurfer.write_annot(space / f"label/{side}.halves.annot", labels, colours, ["odd", "even"])
    shutil.copy(space / "label/lh.halves.annot", root)
    for folder in (remote, freesurfer):
        files = [path for path in folder.rglob("*") if path.is_file()]
        server.files |= {f"/{path.relative_to(folder.parent)}": path.read_bytes() for path in files}
    return dataset | {"url": f"{server.url}remote", "checksums": "sums.tsv"}


def test_only_what_is_missing_and_needed_is_downloaded(new_study):
    """Planning sends no request; then each missing file is downloaded once, with the bytes of the server."""
    with serving({}) as server:
        atlas = {"L": "data/lh.halves.annot", "R": "data/rh.halves.annot"}
        sections = SURFACE_SECTIONS | {"atlas": atlas, "surfaces": "data/surf"}
        freesurfer = {"url": f"{server.url}subjects"}
        study = new_study(lambda root: lay_dataset(root, server), **sections, freesurfer=freesurfer)
        products = ["fetch_data", "results/tiny/targets.parquet", "results/tiny/words/fable.parquet"]
        jobs = study.planned(*products)
        assert (jobs["fetch_run"], jobs["fetch_file"]) == (4, 1 + 6 + 1)
        assert server.paths == []
        server.faults = ["truncates", 503]
        study.run(*products)
        wanted = {path for path in server.files if path.endswith((".func.gii", "words.tsv", "rh.halves.annot"))}
        wanted |= {path for path in server.files if "/surf/" in path}
        assert set(server.paths) == wanted
        assert len(server.paths) == len(wanted) + 2
        for path in wanted:
            inner = path.removeprefix("/remote/").replace("/subjects/", "freesurfer/")
            assert (study.folder / "resources/tiny" / inner).read_bytes() == server.files[path]
        assert study.planned(*products) == {}
