"""The fine-tunings of a config: what each training reads, where its snapshots go."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainforecast.checkpoints import alpha_folder, checkpoints_of, corpus_hash
from brainforecast.planning.models.entries import Models


@dataclass(frozen=True, eq=False)
class Finetunings:
    """Config `finetuning`, by the name of a fine-tuning."""

    config: Mapping
    models: Models

    def base_inputs(self, name: str) -> list[str]:
        """The files of the model that a fine-tuning starts from."""
        return self.models.inputs(self._section(name)["base"])

    def base_source(self, name: str) -> str:
        """What transformers loads of this model (`models.Models.source`)."""
        return self.models.source(self._section(name)["base"])

    def base_loading(self, name: str) -> dict:
        """How this model is loaded (`models.Models.loading`)."""
        return self.models.loading(self._section(name)["base"])

    def training(self, name: str) -> Mapping:
        """How a model is trained."""
        return self._section(name)["training"]

    def objective(self, name: str) -> dict:
        """Settings of the loss that all trainings of a fine-tuning share: all but alpha."""
        return {key: value for key, value in self._section(name)["objective"].items() if key != "alphas"}

    def probe(self, name: str) -> Mapping:
        """How snapshots are scored on held-out text."""
        return self._section(name)["evaluation"]["probe"]

    def corpus(self, name: str) -> Mapping:
        """The text a fine-tuning reads."""
        return self._section(name)["corpus"]

    def corpus_folder(self, name: str) -> str:
        """Folder of its tokens."""
        return f"resources/corpora/{name}-{corpus_hash(self.config, name)}"

    def n_blocks(self, name: str) -> int:
        """Blocks of text that a training reads."""
        training = self.training(name)
        return training["n_steps"] * training["batch_size"] * training["accumulation"] * training["processes"]

    @property
    def snapshot_folders(self) -> list[str]:
        """The folders of all trainings: one for each fine-tuning and alpha."""
        return [
            folder
            for name, section in self.config["finetuning"].items()
            for folder in sorted(
                {alpha_folder(self.config, checkpoint) for checkpoint in checkpoints_of(name, section)}
            )
        ]

    def _section(self, name: str) -> Mapping:
        return self.config["finetuning"][name]
