"""What a job loads before it begins: which packages that take long to load each script may import, by name.

Read from the source, at the top of modules: an import inside a function costs only those who call it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from helpers.datasets import REPOSITORY

WORKFLOW = REPOSITORY / "workflow"
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*/*.py"))
# each takes .1 s or more to load, torch and spaCy seconds
HEAVY = {
    "accelerate", "datasets", "huggingface_hub", "matplotlib", "nibabel", "nilearn", "pandas", "sklearn", "spacy",
    "torch", "transformers", "wordfreq", "scipy.interpolate", "scipy.ndimage", "scipy.optimize", "scipy.signal",
    "scipy.stats",
}  # fmt: skip
TABLES, IMAGES = {"pandas"}, {"nibabel", "pandas"}
MODELS = {"huggingface_hub", "torch", "transformers"}
BY_FOLDER = {
    "controls": TABLES,
    "dataset": TABLES,
    "encoding": set(),
    "figures": {"matplotlib", "pandas"},
    "finetuning": MODELS | {"datasets", "pandas"},
    "jobs": set(),
    "language": MODELS | {"pandas"},
    "report": TABLES,
    "results": TABLES,
    "simulation": IMAGES,
    "syntax": {"pandas", "spacy"},
}
BY_SCRIPT = {  # those that need other ones
    "controls/score_sensitivity": {"pandas", "wordfreq"},
    "dataset/build_targets": IMAGES,
    "dataset/denoise_runs": IMAGES | {"nilearn", "scipy.interpolate"},
    "dataset/fetch_file": set(),
    "dataset/fetch_run": set(),
    "dataset/read_responses": IMAGES,
    "encoding/build_design": {"pandas", "wordfreq"},
    "figures/build_interactive_maps": {"matplotlib"} | IMAGES,
    "figures/plot_surfaces": {"matplotlib"} | IMAGES,
    "figures/plot_volumes": {"matplotlib", "nilearn"} | IMAGES,
    "finetuning/prepare_corpus": MODELS | {"datasets"},
    "jobs/cost": {"scipy.optimize"},
    "language/convert_model": MODELS,
    "language/extract_speech": MODELS | {"pandas", "scipy.signal"},
    "language/fetch_model": {"huggingface_hub"},
    "language/read_features": TABLES,
    "language/read_word_vectors": TABLES,
    "results/build_maps": IMAGES,
    "results/build_subject_maps": IMAGES,
    "simulation/simulate_features": TABLES,
    "simulation/simulate_speech": TABLES,
    "simulation/simulate_windows": TABLES,
    "syntax/extract_components": MODELS | {"pandas"},
    "syntax/summarise_components": {"pandas", "sklearn"},
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_loads_no_package_that_it_does_not_use(script):
    """Tests over subjects and curves load no scipy.stats, scores no tables, checks of components no parser."""
    name = f"{script.parent.name}/{script.stem}"
    assert loaded(script) <= BY_SCRIPT.get(name, BY_FOLDER[script.parent.name])


def test_only_scripts_that_are_there_are_listed():
    assert BY_SCRIPT.keys() <= {f"{path.parent.name}/{path.stem}" for path in SCRIPTS}


def loaded(script: Path) -> set[str]:
    """The packages of HEAVY that a script and all modules it imports import at their tops."""
    seen, todo = set(), [script]
    names = set()
    while todo:
        modules, packages = imports_of(todo.pop())
        names |= packages
        todo += modules - seen
        seen |= modules
    return {heavy for heavy in HEAVY if any(f"{name}.".startswith(f"{heavy}.") for name in names)}


@cache
def imports_of(file: Path) -> tuple[frozenset[Path], frozenset[str]]:
    """Modules of the library and other packages that one file imports outside its functions."""
    names = set()
    for node in at_the_top(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name for name in names if name.startswith("brainforecast.")}
    parts = [name.split(".") for name in ours]
    files = [WORKFLOW.joinpath(*of[:n]).with_suffix(".py") for of in parts for n in (len(of) - 1, len(of))]
    return frozenset(path for path in files if path.is_file()), frozenset(names - ours)


def at_the_top(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when a file is imported: not the bodies of functions, nor what is for type checkers."""
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not for_types and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from at_the_top(child)
