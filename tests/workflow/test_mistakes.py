"""Mistakes that users make: each stops the run before any job with one line that has where, found and expected.

Most are checked as the Snakefile does it, in this process; some by `snakemake` itself, with all that it prints.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import nibabel
import numpy as np
import pytest
import yaml
from safetensors.numpy import save_file

from brainforecast.errors import BadInput
from brainforecast.jobs.plan_checks import (
    check_atlas_files,
    check_folds,
    check_models,
    check_plan,
    check_weights,
)
from brainforecast.planning.config import check_config
from brainforecast.planning.study import Study, plan_of
from helpers.datasets import DESIKAN, REPOSITORY, write_annot, write_dataset, write_header_dataset, write_lines
from helpers.studies import Study as Run
from helpers.studies import make_study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
LAYERS = 3  # of the model
SETTINGS = {"model_type": "gpt2", "n_layer": LAYERS, "n_embd": 4, "n_head": 1, "vocab_size": 2, "n_positions": 64}
INDEX = {
    "metadata": {"total_size": 8},
    "weight_map": {"wte.weight": "one.safetensors", "wpe.weight": "two.safetensors"},
}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 1234"
SAVED = "a folder that transformers' save_pretrained wrote"
RAW = "raw:"  # before a value that goes into the file without quotes, as a user types it


@dataclasses.dataclass(frozen=True)
class Mistake:
    """What is changed in a study, and what the line has.

    base : the study that is changed: ``region``, ``surface`` or ``demo``.
    config : keys, with dots, and their values; None removes a key, and `RAW` is for spellings.
    files : paths below the dataset and their text, or a function that writes one; None removes a file.
    """

    name: str
    where: str
    found: str
    expected: str
    config: Mapping[str, object] = dataclasses.field(default_factory=dict)
    files: Mapping[str, str | Callable[[Path], object] | None] = dataclasses.field(default_factory=dict)
    base: str = "region"

    def __str__(self) -> str:
        return self.name


GONE = object()
FORECAST = "analyses.forecast"
CURVE = {"level": "roi", "roi": "region0"}
FIRST = {"level": "roi", "roi": "region1"}
RUN_01 = "sub-01/func/sub-01_task-fable_desc-roi_timeseries.tsv"


def write_volumes(path: Path) -> None:
    """Write a NIfTI of ten volumes of two voxels each side."""
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2, 10), np.float32), np.eye(4)), path)


def contrast(first: object, second: object = CURVE, name: str = "x") -> dict:
    """A contrast of two regions."""
    return {"name": name, "first": first, "second": second}


KEYS = [  # of the config alone
    Mistake("unknown section", "datset", "an unknown key", "nearest is dataset", {"datset": {}}),
    Mistake("unknown key", "dataset.rot", "an unknown key", "nearest is root", {"dataset.rot": "data"}),
    Mistake("unknown key of an entry", "analyses.forecast.widht", "an unknown key", "nearest is widths",
            {f"{FORECAST}.widht": 7}),
    Mistake("no models", "config:", "no key models", "models: Language models", {"models": GONE}),
    Mistake("no root", "dataset:", "no key root", "root: Folder with participants.tsv", {"dataset.root": GONE}),
    Mistake("empty section", "encoding", "nothing", "leave the key out", {"encoding": None}),
    Mistake("empty section that is needed", "config key models", "nothing", "keys and their values", {"models": None}),
    Mistake("no analysis", "analyses", "a section without keys", "at least 1 entry", {"analyses": {}}),
    Mistake("name with zeros", "dataset.subjects.0", "the number 8 (YAML reads 010 so)", 'quote it, "010"',
            {"dataset.subjects": [f"{RAW}010"]}),
    Mistake("name that is a number", "dataset.subjects.1", "the number 2", 'quote it, "2"',
            {"dataset.subjects": ["01", 2]}),
    Mistake("one name, no list", "dataset.subjects", "the number 1", 'a list, such as ["1"]', {"dataset.subjects": 1}),
    Mistake("yes for a name", "dataset.name", "true (YAML reads yes so)", 'quote it, "yes"',
            {"dataset.name": f"{RAW}yes"}),
    Mistake("text for a boolean", "maps.subjects", 'the text "yes"', "true or false, without quotes",
            {"maps.subjects": "yes"}),
    Mistake("number as text", "dataset.tr", 'the text "2.0"', "2, without quotes", {"dataset.tr": "2.0"}),
    Mistake("number that YAML reads as text", "models.tiny.context", 'the text "1e3"', "1000, without quotes",
            {"models.tiny.context": f"{RAW}1e3"}),
    Mistake("negative time", "dataset.tr", "-1", "more than 0", {"dataset.tr": -1}),
    Mistake("time that is no number", "dataset.tr", "a number that is not finite", "a finite number",
            {"dataset.tr": f"{RAW}.nan"}),
    Mistake("text for a list", "dataset.exclusions", 'the text "poor.tsv"', "a list, such as [poor.tsv]",
            {"dataset.exclusions": "poor.tsv"}),
    Mistake("text with commas for a list", "encoding.delays", 'the text "0, 1"', "a list, such as [0, 1]",
            {"encoding.delays": "0, 1"}),
    Mistake("list for a name", "dataset.root", 'the list ["data"]', "text", {"dataset.root": ["data"]}),
    Mistake("null where a value is needed", "dataset.root", "nothing", "text", {"dataset.root": None}),
    Mistake("number for a section", "simulation.cortex.noise", "the number -1.5", "{autocorrelation, drift}",
            {"simulation.cortex.noise": -1.5}, base="demo"),
    Mistake("negative noise", "simulation.cortex.noise.drift", "-1.5", "at least 0",
            {"simulation.cortex.noise.drift": -1.5}, base="demo"),
    Mistake("simulation without a cortex", "simulation:", "no key cortex", "cortex", {"simulation.cortex": GONE},
            base="demo"),
    Mistake("half a simulation", "simulation", "without stories", "all of", {"simulation.stories": None}, base="demo"),
    Mistake("reversed distances", f"{FORECAST}.distances", "first 2, last -2", "{first: -2, last: 2}",
            {f"{FORECAST}.distances": {"first": 2, "last": -2}}),
    Mistake("no distances", f"{FORECAST}.distances", "an empty list", "at least 1 entry",
            {f"{FORECAST}.distances": []}),
    Mistake("half a range", f"{FORECAST}.distances", "no key last", "last", {f"{FORECAST}.distances": {"first": 1}}),
    Mistake("window of no words", f"{FORECAST}.widths", "0", "1 word or more", {f"{FORECAST}.widths": [0]}),
    Mistake("layer before the embedding", f"{FORECAST}.layers", "-1", "0, the embedding", {f"{FORECAST}.layers": -1}),
    Mistake("layers in words", f"{FORECAST}.layers", 'the text "all"', "a whole number, a list of them, or {first",
            {f"{FORECAST}.layers": "all"}),
    Mistake("layer as text", f"{FORECAST}.layers.0", 'the text "2"', "2, without quotes",
            {f"{FORECAST}.layers": ["2"]}),
    Mistake("layer twice", f"{FORECAST}.layers", "2 twice", "each entry once", {f"{FORECAST}.layers": [2, 2]}),
    Mistake("one model, no list", f"{FORECAST}.models", 'the text "tiny"', "[tiny]", {f"{FORECAST}.models": "tiny"}),
    Mistake("widths alone", "analyses.more", "widths without sources and distances", "or none of them",
            {"analyses.more": {"models": ["tiny"], "layers": [1], "widths": [7]}}),
    Mistake("unknown model", f"{FORECAST}.models", "tyni", "nearest is tiny", {f"{FORECAST}.models": ["tyni"]}),
    Mistake("unknown source", f"{FORECAST}.sources", "generate", "nearest is generated",
            {f"{FORECAST}.sources": ["generate"]}),
    Mistake("unknown base", f"{FORECAST}.base", "lexcal", "nearest is lexical", {f"{FORECAST}.base": "lexcal"}),
    Mistake("unknown folds", "encoding.folds.scheme", "papr", "one of paper, strict; nearest is paper",
            {"encoding.folds.scheme": "papr"}),
    Mistake("one fold", "encoding.folds.n_folds", "1", "at least 2", {"encoding.folds.n_folds": 1}),
    Mistake("folds in words", "encoding.folds.n_folds", 'the text "five"', "a whole number",
            {"encoding.folds.n_folds": "five"}),
    Mistake("reversed penalties", "encoding.alphas", "first 8, last -1", "first no larger than last",
            {"encoding.alphas": {"first": 8, "last": -1}}),
    Mistake("name with a space", "dataset.name", 'the text "my study"', "only letters, digits, _ and -",
            {"dataset.name": "my study"}),
    Mistake("model with a space", "config key models", 'the name "gpt 2"', "only letters, digits, . and -",
            {"models.gpt 2": {"source": "gpt2"}}),
    Mistake("tilde in a path", "dataset.root", "~/data", "the whole path", {"dataset.root": "~/data"}),
    Mistake("braces in a path", "dataset.root", "{x}", "a path without braces", {"dataset.root": "data/{x}"}),
    Mistake("typo in a field", "stimuli.words", "{sory}", "nearest is {story}", {"stimuli.words": "x/{sory}.csv"}),
    Mistake("distance that is not scored", "maps.distance", "5", "nearest is 2", {"maps.distance": 5}),
    Mistake("layer that is not scored", "maps.layer", "3", "nearest is 2", {"maps.layer": 3}),
    Mistake("contrast of one region with itself", "contrasts.0", "the same first and second", "two regions",
            {"contrasts": [contrast(CURVE)]}),
    Mistake("two contrasts of one name", "contrasts.1.name", "x", "contrasts.0 has this one",
            {"contrasts": [contrast(FIRST), contrast(CURVE, FIRST)]}),
    Mistake("region as text", "contrasts.0.first", 'the text "region0"', "{level, roi}",
            {"contrasts": [contrast("region0")]}),
    Mistake("unknown level", "figures.curves.0.level", "lobes", "nearest is lobe",
            {"figures.curves": [{"level": "lobes", "roi": "temporal"}]}),
    Mistake("no thread", "threads.score", "0", "at least 1", {"threads.score": 0}),
    Mistake("seed with a fraction", "config key seed", "the number 1.5", "a whole number", {"seed": 1.5}),
    Mistake("ceiling with layers", "analyses.ceiling", "listeners with layers [1]", "layers [0] and no sources",
            {"analyses.ceiling": {"models": ["listeners"], "layers": [1]}}),
    Mistake("overlap with the mirror", "verdict.distance", "2", "at least maps.width, 3", {"verdict": {"distance": 2}}),
    Mistake("variant that is none", "sensitivity.components", "4", "another value",
            {"sensitivity": {"components": [4]}, f"{FORECAST}.distances": [0, 2, 4], "maps.distance": 4,
             "encoding.folds.n_folds": 3}),
    Mistake("unknown way to standardise", "dataset.standardize", "zscore", "nearest is zscore_sample",
            {"dataset.standardize": "zscore"}),
]  # fmt: skip

PLANS = [  # of the files that the config names, the models and the atlas
    Mistake("layer that the model lacks", f"{FORECAST}.layers", "99", f"to {LAYERS}, the layers of tiny; nearest is",
            {f"{FORECAST}.layers": [2, 99]}),
    Mistake("layer that lies beside others", "models.joined.side_by_side", "7", "the layers of joined",
            {"models.joined": {"source": "model", "side_by_side": [1, 7]}}),
    Mistake("layer to forecast", "finetuning.forecast.objective.layer", "8", "the layers of tiny",
            {"finetuning.forecast": {"base": "tiny", "corpus": {"source": "*.txt"}, "training": {"n_steps": 10},
                                     "evaluation": {"layers": [0, 1]}}}),
    Mistake("no model", "models.tiny.source", "no file or folder modle", "nearest in . is model",
            {"models.tiny.source": "./modle"}),
    Mistake("no package", "package:smollm3", "no package smollm3", "an installed package",
            {"models.tiny.source": "package:smollm3/model.gguf"}),
    Mistake("model without a tokenizer", "models.tiny.source", "without a tokenizer", "tokenizer.json",
            files={"../model/tokenizer.json": None}),
    Mistake("model without settings", "models.tiny.source", "without config.json", "save_pretrained",
            files={"../model/config.json": None}),
    Mistake("more folds than volumes", "encoding.folds.n_folds", "500 folds of the 18 volumes of sub-01",
            "at most 6 folds", {"encoding.folds.n_folds": 500}),
    Mistake("gap that leaves nothing", "encoding.folds.n_folds", "2 folds with gaps of 40", "a shorter gap",
            {"encoding.folds": {"scheme": "strict", "gap": 40, "n_folds": 2}}),
    Mistake("region of a contrast", "contrasts.0.first.roi", "regoin1", "nearest is region1",
            {"contrasts": [contrast({"level": "roi", "roi": "regoin1"})]}),
    Mistake("region among others", "contrasts.0.first.roi", "region9", "(all: region0, region1, region2)",
            {"contrasts": [contrast({"level": "roi", "roi": ["region1", "region9"]})]}),
    Mistake("region of all targets", "figures.curves.0.roi", "everything", "all, the name of all targets",
            {"figures.curves": [{"level": "all", "roi": "everything"}]}),
    Mistake("region of a curve", "figures.curves.1.roi", "regio", "nearest is region",
            {"figures.curves": [CURVE, {"level": "roi", "roi": "regio"}]}),
    Mistake("pattern without a match", "contrasts.0.second.roi", "rgion*", "nearest is region",
            {"contrasts": [contrast(CURVE, {"level": "roi", "roi": "rgion*"})]}),
    Mistake("lobes without a table", "figures.curves.0.roi", "temporal",
            "a table in config key atlas.lobes, which has none",
            {"figures.curves": [{"level": "lobe", "roi": "temporal"}]}),
    Mistake("masks without a mask", "figures.curves.0.roi", "language",
            "a mask of config key atlas.masks, which has none",
            {"figures.curves": [{"level": "mask", "roi": "language"}]}),
    Mistake("no atlas file", "atlas.L", "no file data/lh.annot", "nearest in data is",
            {"atlas.L": "data/lh.annot"}, base="surface"),
    Mistake("no table of lobes", "atlas.lobes", "no file desikan.tsv", "a file that is there",
            {"atlas.lobes": "desikan.tsv"}, base="surface"),
    Mistake("lobe of a contrast", "contrasts.0.first.roi", "tempral", "nearest is temporal",
            {"contrasts": [contrast({"level": "lobe", "roi": "tempral"}, {"level": "lobe", "roi": "frontal"})]},
            base="surface"),
    Mistake("region of the atlas", "figures.curves.0.roi", "insulla", "nearest is insula",
            {"figures.curves": [{"level": "roi", "roi": "insulla"}]}, base="surface"),
    Mistake("region that is split", "figures.curves.0.roi", "superiorfrontal", "nearest is superiorfrontal-",
            {"figures.curves": [{"level": "roi", "roi": "superiorfrontal"}], "atlas.split": 200}, base="surface"),
]  # fmt: skip

MODELS = [  # of the files of a model, and of settings that it cannot have
    Mistake("adapter alone", "models.tiny.source", "an adapter (LoRA) of lab/base", "merge_and_unload()",
            files={"../model/adapter_config.json": '{"base_model_name_or_path": "lab/base"}'}),
    Mistake("settings of a model that are cut", "models.tiny.source", "config.json, no JSON", "a complete JSON file",
            files={"../model/config.json": '{"model_type": '}),
    Mistake("settings without a kind", "models.tiny.source", "config.json without model_type", SAVED,
            files={"../model/config.json": json.dumps({"n_layer": LAYERS})}),
    Mistake("empty tokenizer", "models.tiny.source", "without a vocabulary", "the model's own tokenizer",
            files={"../model/tokenizer.json": "{}"}),
    Mistake("tokenizer of another model", "models.tiny.source", "a tokenizer of 3 tokens", "at most its 2 tokens",
            files={"../model/tokenizer.json": json.dumps({"model": {"vocab": {"a": 0, "b": 1, "c": 2}}})}),
    Mistake("pointer for a tokenizer", "models.tiny.source", "tokenizer.json, a pointer of git-lfs", "the file itself",
            files={"../model/tokenizer.json": POINTER}),
    Mistake("pointer for weights", "models.tiny.source", "model.safetensors, a pointer of git-lfs", "the file itself",
            files={"../model/model.safetensors": POINTER}),
    Mistake("no weights", "models.tiny.source", "without weights", "model.safetensors",
            files={"../model/model.safetensors": None}),
    Mistake("missing shard", "models.tiny.source", "without one.safetensors, 2 of 2 files", "every file that the index",
            files={"../model/model.safetensors": None, "../model/model.safetensors.index.json": json.dumps(INDEX)}),
    Mistake("weights that are cut", "models.tiny.source", "model.safetensors of", "by its head: the whole file",
            files={"../model/model.safetensors": lambda path: path.write_bytes(path.read_bytes()[:-1])}),
    Mistake("speech model without its reader", "models.tiny.source", "without preprocessor_config.json",
            "processor.save_pretrained", files={"../model/config.json": json.dumps(SETTINGS | {"model_type": "hubert"}),
            "stimuli/fable/audio.wav": "sound", "stimuli/myth/audio.wav": "sound"}),
    Mistake("unknown type of weights", "models.tiny.dtype", "bf16", "nearest is bfloat16",
            {"models.tiny.dtype": "bf16"}),
    Mistake("unknown device", "models.tiny.device_map", "gpu0", "one of auto", {"models.tiny.device_map": "gpu0"}),
    Mistake("revision of a folder", "models.tiny.revision", "main of model", "only a model of the hub",
            {"models.tiny.revision": "main"}),
    Mistake("quantisation without a method", "models.tiny.quantization", "bits", "quant_method",
            {"models.tiny.quantization": {"bits": 4}}),
    Mistake("random weights quantised", "models.tiny.quantization", "random weights", "null",
            {"models.tiny.quantization": {"load_in_8bit": True}, "models.tiny.weights": "random"}),
    Mistake("text for a speech model", "models.tiny.modality", "speech", "text, or null: model is a gpt2 model",
            {"models.tiny.modality": "speech"},
            {"stimuli/fable/audio.wav": "sound", "stimuli/myth/audio.wav": "sound"}),
    Mistake("context beyond the model", "models.tiny.context", "65", "at most 64 tokens", {"models.tiny.context": 65}),
    Mistake("stride beyond the context", "models.tiny.stride", "50", "at most 31",
            {"models.tiny.context": 32, "models.tiny.stride": 50}),
    Mistake("future of a masked model", f"{FORECAST}.sources", "generated of tiny, a bert model", "the next word",
            {f"{FORECAST}.sources": ["true", "generated"]},
            {"../model/config.json": json.dumps(SETTINGS | {"model_type": "bert"})}),
]  # fmt: skip

FILES = [  # of the dataset
    Mistake("no dataset", "dataset.root", "no folder elsewhere", "the folder with participants.tsv",
            {"dataset.root": "elsewhere"}),
    Mistake("no table of participants", "participants.tsv", "o such file", "a file that can be read",
            files={"participants.tsv": None}),
    Mistake("no participant", "participants.tsv", "no subject below its header", "one row per subject",
            files={"participants.tsv": "participant_id"}),
    Mistake("participant twice", "participants.tsv row 3", "sub-01 a second time", "one row",
            files={"participants.tsv": "participant_id\nsub-01\nsub-01"}),
    Mistake("1 for 01", "dataset.subjects", "1", "nearest is 01", {"dataset.subjects": ["1"]}),
    Mistake("story that is none", "dataset.stories fabel", "no alignment", "of the aligned stories, nearest is fable",
            {"dataset.stories": ["fabel"]}),
    Mistake("story without words", "dataset.stories fable", "no alignment under data/stimuli",
            "stimuli/fable/words.tsv", {"dataset.stories": ["fable"]}, {"stimuli/fable/words.tsv": None}),
    Mistake("story without a word", "fable/words.tsv", "no words", "one row per word",
            files={"stimuli/fable/words.tsv": "onset\tduration\tword"}),
    Mistake("words without times", "words.tsv row 1", "columns word", "stimuli.columns.onset",
            files={"stimuli/fable/words.tsv": "word\nonce"}),
    Mistake("desc that no run has", "data:", "no run of any subject", "(dataset.desc: roi)", {"dataset.desc": "row"}),
    Mistake("no time of a volume", RUN_01, "no RepetitionTime in a sidecar and no dataset.tr", "in s",
            files={"desc-roi_timeseries.json": None}),
    Mistake("text for the time of a volume", "desc-roi_timeseries.json RepetitionTime", "'two'", "seconds, above 0",
            files={"desc-roi_timeseries.json": '{"RepetitionTime": "two"}'}),
    Mistake("two times of a volume", RUN_01, "a repetition time of 3.0 s", "2.0 s", files={
            "sub-01/func/sub-01_task-fable_desc-roi_timeseries.json": '{"RepetitionTime": 3.0}'}),
    Mistake("more dropped than measured", RUN_01, "10 volumes", "more than the 12 dropped",
            {"dataset.onsets": {"fable": 12, "myth": 0}}),
    Mistake("no list of exclusions", "poor.tsv", "o such file", "a file", {"dataset.exclusions": ["poor.tsv"]}),
    Mistake("words in milliseconds", "fable/words.tsv", "words that last 350 s", "stimuli.unit: ms",
            files={"stimuli/fable/words.tsv": "onset\tduration\tword\n500\t400\tonce\n1000\t300\ttime"}),
    Mistake("run without volumes", RUN_01, "0 volumes", "from 1 to 1,000,000",
            files={RUN_01: "region0\tregion1\tregion2"}),
    Mistake("envelope without audio", "fable/audio.wav", "no audio", "the story's audio",
            {"encoding.lexical": ["envelope"], f"{FORECAST}.base": "lexical"}),
    Mistake("truncated surface", "hemi-L", "truncated", "complete", base="surface", files={
            "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii": "<GIFTI"}),
    Mistake("one hemisphere", "hemi-L", "no hemisphere R of this run", "both hemispheres, L and R", base="surface",
            files={
            "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-R_desc-clean.func.gii": None}),
]  # fmt: skip

KINDS = [  # of other layouts, spaces and settings
    Mistake("milliseconds", "dataset.tr", "1500", "seconds: 1.5, if these are milliseconds", {"dataset.tr": 1500}),
    Mistake("language that is none", "dataset.language", "klingon", "a BCP 47 tag such as en",
            {"dataset.language": "klingon"}),
    Mistake("language without frequencies", "dataset.language", "tlh", "whose words are counted; nearest is",
            {"dataset.language": "tlh", f"{FORECAST}.base": "lexical", "maps.base": "lexical"}),
    Mistake("minutes", "dataset.tr", "0.025", "seconds, at least 0.05", {"dataset.tr": 0.025}),
    Mistake("names without quotes", "dataset.subjects", 'the text "01"', 'a list, such as ["01"]',
            {"dataset.subjects": "01"}),
    Mistake("no table of planted regions", "simulation.regions", "no file nope.tsv", "a table of regions",
            {"simulation.regions": "nope.tsv"}, base="demo"),
    Mistake("space that is none", "dataset.space", "fsavrage5", "nearest is fsaverage5",
            {"dataset.space": "fsavrage5"}, base="surface"),
    Mistake("onsets of no story", "dataset.onsets", "fabel", "nearest is fable",
            {"dataset.onsets": {"fabel": 1, "myth": 0}}),
    Mistake("events under another name", "task-fable_events.tsv", "trial_type story", "dataset.onset_event",
            {"dataset.onset_event": "audio"},
            {"task-fable_events.tsv": "onset\tduration\ttrial_type\n2.0\t9.0\tstory"}),
    Mistake("two acquisitions", "runs of sub-01 fable", "acq-a and acq-b", "dataset.entities: {acq: a}",
            files={RUN_01: None, **{RUN_01.replace("fable", f"fable_acq-{name}"): "region0\n1\n2" for name in "ab"}}),
    Mistake("entity that no run has", "data:", "no run of any subject", "(dataset.entities: {acq: null})",
            {"dataset.entities": {"acq": "multiband"}}),
    Mistake("typo in an entity", "data:", "no run of any subject", "nearest is sub-01_task-fable_desc-roi",
            {"dataset.entities": {"aqc": "multiband"}}),
    Mistake("runs without desc", "data:", "no run of any subject", "(dataset.desc: roi)", {"dataset.desc": None}),
    Mistake("files without a subject", "dataset.files", "{story}.tsv", "{subject}", {"dataset.files": "{story}.tsv"}),
    Mistake("unknown confounds", "dataset.confounds.stratgy", "an unknown key", "nearest is strategy",
            {"dataset.confounds": {"stratgy": ["motion"]}}),
    Mistake("two filters", "dataset.high_pass", "0.01 Hz beside high_pass", "one of the two",
            {"dataset.high_pass": 0.01, "dataset.confounds": {"strategy": ["high_pass"]}}),
    Mistake("no mask", "dataset.mask", "no file mask.nii.gz", "data/mask.nii.gz",
            {"dataset.response": "volume", "dataset.mask": "mask.nii.gz", "dataset.space": "MNI152",
            "dataset.desc": None,
             "dataset.tr": 2.0},
            {f"sub-{s}/func/sub-{s}_task-{story}_space-MNI152_bold.nii": write_volumes
             for s in ("01", "02") for story in ("fable", "myth")}),
    Mistake("two alignments", "alignment of fable", "stimuli/fable/words.tsv, stimuli/fable/words.csv", "stimuli.words",
            files={"stimuli/fable/words.csv": "onset,duration,word\n0.5,0.5,once"}),
    Mistake("a pointer of git-lfs", RUN_01, "a pointer of git-lfs", "the run itself", files={
            RUN_01: "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 1234"}),
    Mistake("silence in a fold", "encoding.folds.n_folds", "no word is spoken", "dataset.tail",
            {"encoding.folds.n_folds": 4}, files={"stimuli/fable/words.tsv": "onset\tduration\tword\n0.5\t0.5\tonce",
                   "stimuli/myth/words.tsv": "onset\tduration\tword\n0.5\t0.5\tonce"}),
    Mistake("another space's atlas", "data/lh.annot", "40,962 vertices", "10,242 of fsaverage5",
            {"atlas.L": "data/lh.annot", "figures.curves": [{"level": "roi", "roi": "here"}]},
            {"lh.annot": lambda path: write_annot(path, [1] * 40_962)}, base="surface"),
]  # fmt: skip
MISTAKES = [*KEYS, *PLANS, *MODELS, *FILES, *KINDS]


def base_config(name: str, root: Path) -> dict:
    """The config of a study without mistakes, whose dataset is written to a folder."""
    if name == "demo":
        return yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    if name == "region":
        dataset = write_dataset(root)
    else:
        names = [f"_space-fsaverage5_hemi-{hemi}_desc-clean" for hemi in "LR"]
        dataset = write_header_dataset(root, names)
        words = [f"{onset}.5\t0.5\tword{onset}" for onset in range(28)]
        write_lines(root / "stimuli/fable/words.tsv", "onset\tduration\tword", *words)
    write_lines(root.parent / "model/config.json", json.dumps(SETTINGS))
    write_lines(root.parent / "model/tokenizer.json", json.dumps({"model": {"vocab": {"a": 0, "b": 1}}}))
    save_file({"wte.weight": np.zeros((2, 4), np.float32)}, root.parent / "model/model.safetensors")
    window = {"sources": ["true"], "widths": [3], "distances": [0, 2]}
    return {
        "dataset": {**dataset, "root": "data"},
        "models": {"tiny": {"source": "model"}},
        "encoding": {"delays": [0, 1], "n_components": 4, "folds": {"n_folds": 2}},
        "analyses": {"forecast": {"models": ["tiny"], "layers": [1, 2], **window}},
        "maps": {"model": "tiny", "layer": 2, "width": 3, "distance": 2},
        "atlas": dict(DESIKAN) if name == "surface" else None,
    }


def write_study(folder: Path, mistake: Mistake | None, base: str) -> Path:
    """Write the dataset and the config of a study, with a mistake in it; the path of the config."""
    config = base_config(base, folder / "data")
    for keys, value in mistake.config.items() if mistake else ():
        *path, last = keys.split(".")
        section = config
        for key in path:
            section = section.setdefault(key, {})
        if value is GONE:
            del section[last]
        else:
            section[last] = value
    for name, text in mistake.files.items() if mistake else ():
        path = folder / "data" / name
        if text is None:
            path.unlink()
        elif callable(text):
            text(path)
        else:
            write_lines(path, text)
    path = folder / "config.yaml"
    path.write_text(re.sub(rf"{RAW}(\S+)", r"\1", yaml.safe_dump(config, sort_keys=False)))
    return path


def plan(path: Path) -> Study:
    """Plan a study as the Snakefile does it, up to the first job."""
    config = check_config(yaml.safe_load(path.read_text()), SCHEMA, [path])
    study = Study(config, plan_of(config), project=str(REPOSITORY))
    check_plan(study)
    check_models(study)
    check_weights(study)
    check_atlas_files(study)
    check_folds(study)
    study.anatomy.check_targets()
    return study


@pytest.mark.parametrize("base", ["region", "surface"])
def test_the_study_without_a_mistake_is_planned(tmp_path, monkeypatch, base):
    """What the mistakes are made in has none."""
    monkeypatch.chdir(tmp_path)
    path = write_study(tmp_path, None, base)
    assert plan(path).subjects


def test_mistakes_are_many_and_have_names():
    """Each is named once."""
    assert len(MISTAKES) >= 60
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, mistake):
    """Where, what was found and what was expected, in one line and before any job."""
    monkeypatch.chdir(tmp_path)
    path = write_study(tmp_path, mistake, mistake.base)
    with pytest.raises(BadInput) as error:
        plan(path)
    line = str(error.value)
    where, _, rest = line.partition(": found ")
    found, _, expected = rest.partition("; expected ")
    assert "\n" not in line
    for part, wanted in ((where + ":", mistake.where), (found, mistake.found), (expected, mistake.expected)):
        assert wanted and wanted in part, line


# ---- What snakemake prints -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def new_folder(tmp_path_factory, user_environment) -> Callable[..., Run]:
    """A function that writes a study with a mistake in it, or none, beside one copy of the project."""
    parent = tmp_path_factory.mktemp("mistakes")
    first = make_study(parent, write_dataset, {}, user_environment)

    def make(mistake: Mistake | None = None, base: str = "region") -> Run:
        folder = parent / f"run{len(list(parent.iterdir()))}"
        write_study(folder, mistake, base)
        return dataclasses.replace(first, folder=folder)

    return make


NAMED = {mistake.name: mistake for mistake in MISTAKES}
TYPED = ["unknown key", "name with zeros", "layer that the model lacks", "more folds than volumes", "no table of lobes",
         "region of a contrast", "two acquisitions"]  # fmt: skip


def own_lines(output: str) -> list[str]:
    """The lines of an output without Snakemake's frame: profile, title of the error, place in the Snakefile."""
    frame = r"Using .*profile|\w+Error in file .*:$|  File .* in <module>$|Assuming unrestricted|note on "
    return [line for line in output.splitlines() if line and not re.match(frame, line)]


@pytest.mark.parametrize("name", TYPED)
def test_a_dry_run_prints_the_line_alone(new_folder, name):
    """One line between Snakemake's title and the place, exit code 1, no traceback."""
    mistake = NAMED[name]
    output = new_folder(mistake, mistake.base).run("-n", exit_code=1)
    (line,) = own_lines(output)
    assert all(part in line for part in (mistake.where, mistake.found, mistake.expected))
    assert "Traceback" not in output


def test_a_key_twice_is_one_line(new_folder):
    """Snakemake's reader keeps the second: the file itself is looked at."""
    study = new_folder()
    path = study.folder / "config.yaml"
    path.write_text(f"{path.read_text()}dataset: {{name: other}}\n")
    (line,) = own_lines(study.run("-n", exit_code=1))
    assert re.search(r"config.yaml line \d+: found dataset a second time \(the first is in line 1\); expected", line)


@pytest.mark.parametrize(
    ("target", "near"), [("statsu", "status"), ("repotr.html", "results/tiny/report.html"), ("fetch", "fetch_data")]
)
def test_a_target_that_is_none_names_the_nearest(new_folder, target, near):
    """A rule, or a file that a run makes."""
    (line,) = own_lines(new_folder().run("-n", target, exit_code=1))
    assert line.startswith(f"target {target}: found no rule of this name") and line.endswith(f"nearest is {near}")


def test_a_target_that_is_none_is_reported_when_all_is_quiet(new_folder):
    """`--quiet all` hides Snakemake's errors; ours is printed."""
    (line,) = own_lines(new_folder().run("statsu", "--nolock", "-q", "all", exit_code=1))
    assert line.endswith("nearest is status")


def test_targets_that_exist_are_accepted(new_folder):
    """Rules, and files that rules make, by any spelling of their path."""
    study = new_folder()
    targets = ["plan", "results/tiny/words/fable.parquet", "./results/tiny/words/myth.parquet"]
    assert study.planned(*targets)["read_words"] == 2


def test_two_configs_that_contradict_are_named(new_folder):
    """Merged, as Snakemake merges them: the line has both names, and which keys the second changes."""
    study = new_folder()
    other = write_lines(study.folder / "other.yaml", "dataset: {name: other, stories: [tunnel]}")
    configs = ["--configfile", str(study.folder / "config.yaml"), str(other)]
    (line,) = own_lines(study.run("-n", *configs, exit_code=1))
    assert "dataset.stories tunnel" in line
    assert line.endswith("(the config is merged from config.yaml and other.yaml: other.yaml changes dataset.name)")
    other.write_text("dataset: {name: other}\n")
    note = next(line for line in study.run("-n", *configs).splitlines() if "merged" in line)
    assert note.startswith("note on other: the config is merged from config.yaml and other.yaml")


@pytest.mark.parametrize("text", ["dataset:\n\tname: x", "- dataset", ""], ids=["tab", "list", "empty"])
def test_a_file_that_is_no_config_is_one_line(new_folder, text):
    """Snakemake's own line."""
    study = new_folder()
    write_lines(study.folder / "other.yaml", text)
    output = study.run("-n", "--configfile", str(study.folder / "other.yaml"), exit_code=1)
    (line,) = [line for line in own_lines(output) if line != "WorkflowError:"]
    assert line.startswith("Config file")


def test_a_folder_that_cannot_be_written_to_is_one_line(new_folder):
    """Nothing can be made in /proc, not even by root."""
    study = dataclasses.replace(new_folder(), folder=Path("/proc"))
    config = str(new_folder().folder / "config.yaml")
    (line,) = own_lines(study.run("-n", "--configfile", config, exit_code=1))
    assert line.startswith("working folder /proc: found ") and "--directory names another" in line


def test_notes_are_printed_once_and_not_by_jobs(new_folder):
    """With a prefix, at the start of a dry run and of a run; `status` has the table alone."""
    study = new_folder()
    notes = [line for line in study.run("-n").splitlines() if line.startswith("note on tiny: ")]
    assert any("2 subjects" in note for note in notes)
    assert len(set(notes)) == len(notes)
    output = study.run("results/tiny/words/fable.parquet")
    assert [line for line in output.splitlines() if line.startswith("note on ")] == notes
    assert "note on" not in study.run("status", "--nolock", "-q", "all")


def test_the_line_of_a_failed_job_is_the_last_on_screen(new_folder):
    """After all that Snakemake prints, also with `--quiet all`; failures of an earlier run are not shown again."""
    study = new_folder()
    for subject in ("01", "02"):
        path = study.folder / f"data/sub-{subject}/func/sub-{subject}_task-fable_desc-roi_timeseries.tsv"
        path.write_text(f"{path.read_text().rstrip()}oops\n")
    first, second = (f"results/tiny/responses/sub-{subject}.safetensors" for subject in ("01", "02"))
    *_, snakemakes, job, line = study.run(first, exit_code=1).splitlines()
    assert snakemakes == "At least one job did not complete successfully."
    assert job == "read_responses 01 failed, logs/tiny/read_responses/sub-01.log"
    assert re.match(r"read_responses: data/sub-01/.* found .*oops; expected ", line)
    assert line == (study.folder / "logs/tiny/read_responses/sub-01.log").read_text().splitlines()[-1]
    *_, job, line = study.run(second, "-q", "all", exit_code=1).splitlines()
    assert job == "read_responses 02 failed, logs/tiny/read_responses/sub-02.log"
    assert line.startswith("read_responses: data/sub-02/")
    output = study.run(first, second, "--keep-going", exit_code=1).splitlines()
    assert sorted(line.partition(" failed")[0] for line in output[-4::2]) == ["read_responses 01", "read_responses 02"]
