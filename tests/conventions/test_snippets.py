"""Every fenced block of the documents is run, planned or checked, or names what it needs."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from brainforecast.planning.config import check_config
from helpers.datasets import REPOSITORY
from helpers.documents import Block, fenced_blocks
from helpers.planned_studies import SCHEMA
from helpers.rules import RULES

DOCUMENTS = [*(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")),
             *sorted((REPOSITORY / "docs").glob("*.md"))]  # fmt: skip
BLOCKS = [block for document in DOCUMENTS for block in fenced_blocks(document)]
RUN = {  # Python, and the test that runs it
    "README.md": "tests/workflow/test_outputs.py",
    "docs/tutorial.md": "tests/workflow/test_outputs.py",
    "docs/outputs.md": "tests/workflow/test_outputs.py",
    "docs/controls.md": "tests/conventions/test_verdict_by_hand.py",
    "docs/models.md": "tests/language/test_own_features.py",
}
READ = {"text", "json", "diff", ""}  # files and terms: tests/conventions/test_inputs_outputs.py reads what has a name
SNAKEMAKE = re.compile(r"(?:\S*envs/run )?snakemake |bf ")  # bf: an alias of docs/cluster.md
OWN_CONFIGS = {"my_study.yaml", "config/my_study.yaml", "config/pieman10.yaml"}  # that a page makes
RULE_NAMES = {*RULES, *re.findall(r"^rule (\w+):", (REPOSITORY / "workflow/Snakefile").read_text(), re.MULTILINE)}


def name_of(value: object) -> str | None:
    """A block in the list of tests."""
    return f"{value.document.relative_to(REPOSITORY)}-{value.language}" if isinstance(value, Block) else None


def of_language(*languages: str) -> list[Block]:
    """The blocks of these languages."""
    return [block for block in BLOCKS if block.language in languages]


def snakemake_commands() -> list[list[str]]:
    """Every call of Snakemake in a block or between backticks, as the words after it; "..." is any config."""
    fenced = [shlex.join(command) for block in of_language("bash") for command in block.commands]
    text = "\n".join(re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M) for path in DOCUMENTS)
    calls = [call for call in [*fenced, *re.findall(r"`([^`\n]+)`", text)] if SNAKEMAKE.match(call)]
    return [shlex.split(SNAKEMAKE.sub("", call, count=1).replace("...", "config/config.yaml")) for call in calls]


def test_blocks_are_found():
    """A pattern that matches nothing would pass the tests below."""
    assert len(of_language("bash")) > 15 and len(of_language("python")) > 20 and len(of_language("yaml")) > 10
    assert len(snakemake_commands()) > 30


@pytest.mark.parametrize("block", BLOCKS, ids=name_of)
def test_a_block_is_run_or_names_what_it_needs(block):
    """Python is run by a named test; commands are planned below; all else has a line in italics before it."""
    page = str(block.document.relative_to(REPOSITORY))
    if block.mark or block.language in READ | {"yaml"}:
        return
    if block.language == "python":
        assert Path(page).name in (REPOSITORY / RUN[page]).read_text()
    else:
        assert block.language == "bash"
        assert all(command[0] == "envs/run" for command in block.commands), "needs a mark"


@pytest.mark.parametrize("block", of_language("yaml"), ids=name_of)
def test_yaml_is_a_config(block):
    """Each block, added to a config that ships, passes the check of configs."""
    example = yaml.safe_load(block.code)
    config = yaml.safe_load((REPOSITORY / "config/pieman.yaml").read_text())
    for section, keys in example.get("study", example).items():
        config[section] = (config.get(section) or {}) | keys if isinstance(keys, dict) else keys
    check_config(config, SCHEMA)


@pytest.mark.parametrize("block", of_language("python"), ids=name_of)
def test_python_is_python(block):
    """Excerpts too: an entry of a mapping is read as one. A Snakefile is planned below."""
    if block.document.name == "module.md":
        return
    try:
        ast.parse(block.code)
    except SyntaxError:
        ast.parse(f"{{{block.code}}}")


@pytest.mark.parametrize("arguments", snakemake_commands(), ids=shlex.join)
def test_snakemake_takes_the_command(arguments):
    """Options exist, targets are rules or files of a run, configs ship, and settings are in the schema."""
    known = yaml.safe_load(SCHEMA.read_text())["properties"]
    options = get_argument_parser().parse_args(arguments)
    assert all(target.removeprefix("study_") in RULE_NAMES or "results/" in target for target in options.targets)
    for path in options.configfile or []:
        assert str(path) in OWN_CONFIGS or str(path).startswith("/home/me/") or (REPOSITORY / path).is_file()
    for setting in options.config or []:
        section, _, value = setting.partition("=")
        assert set(yaml.safe_load(value)) <= set(known[section]["properties"])


def test_commands_without_data_are_planned(tmp_path):
    """Those of blocks that need nothing, by Snakemake, from another folder."""
    planned = {shlex.join(c[2:]) for b in of_language("bash") if not b.mark for c in b.commands if c[1] == "snakemake"}
    assert {"", "--configfile config/finetune_small.yaml"} <= planned
    for arguments in planned:
        words = [str(REPOSITORY / w) if w.startswith("config/") else w for w in shlex.split(arguments)]
        assert plan(tmp_path, "-n", "-s", REPOSITORY / "Snakefile", "--cores", "2", *words).count("job") > 0


def test_a_module_is_planned(tmp_path, shared_data):
    """Both Snakefiles of docs/module.md, on Pie Man: one study, and two."""
    one, two = (block.code for block in fenced_blocks(REPOSITORY / "docs/module.md") if block.language == "python")
    config = yaml.safe_load((REPOSITORY / "config/pieman.yaml").read_text())
    config["dataset"]["root"] = str(shared_data / "pieman")
    second = config | {"dataset": config["dataset"] | {"name": "narratives"}}
    (tmp_path / "brainforecast").symlink_to(REPOSITORY)
    for name, text, configs, target in (
        ("one", one, {"study": config}, ()),
        ("two", two, {"first": config, "second": second}, ("compare",)),
    ):
        folder = tmp_path / name
        (folder / "scripts").mkdir(parents=True)
        for script in ("my_figure.py", "compare.py"):
            (folder / "scripts" / script).touch()
        (folder / "Snakefile").write_text(text)
        (folder / "config.yaml").write_text(yaml.safe_dump(configs))
        assert "score_cells" in plan(folder, *target, "-n", "--cores", "2", "--configfile", "config.yaml")


def plan(folder: Path, *arguments: object) -> str:
    """What Snakemake prints of a plan."""
    command = [Path(sys.executable).with_name("snakemake"), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("block", [b for b in of_language("bash") if not b.mark], ids=name_of)
def test_programs_are_part_of_the_environment(block):
    """What `envs/run` starts in a block that needs nothing."""
    folder = Path(sys.executable).parent
    assert all(shutil.which(command[1], path=str(folder)) for command in block.commands)


def programs_of_the_project() -> list[tuple[str, str]]:
    """Every program in tests/ that a document starts, in a block or between backticks, and the words after it."""
    texts = [path.read_text() for path in [*DOCUMENTS, REPOSITORY / "tests/benchmarks/README.md"]]
    return sorted({found for text in texts for found in re.findall(r"python (tests/\S+\.py)([^`\n]*)", text)})


@pytest.mark.parametrize(("program", "words"), programs_of_the_project())
def test_a_program_takes_its_options(program, words):
    """It exists, and names each option."""
    code = (REPOSITORY / program).read_text()
    assert not [option for option in re.findall(r"--[\w-]+", words) if f'"{option}"' not in code]
