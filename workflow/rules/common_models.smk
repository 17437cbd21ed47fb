"""Functions the rules use for language models and what is made of them; no rule stands here."""


def model_folder(model):
    """What transformers loads: a hub name or folder as it stands, or the folder a GGUF file is converted to."""
    source = MODELS[model]["source"]
    return f"resources/models/{model}" if source.startswith("package:") else source


def is_dictionary(model):
    """Whether a model is a dictionary of static word vectors."""
    return is_word_vectors(MODELS[model])


def converted(wildcards):
    """What is made of a model before it is used: the converted one, or the training whose snapshot it is."""
    return model_files(wildcards.model)


def model_files(model):
    """As `converted`, for a model by name."""
    source, snapshot = MODELS[model]["source"], read_name(model) if model not in config["models"] else None
    if snapshot:
        return [alpha_folder(config, snapshot)]
    if is_of_hub(model):
        return [f"resources/hub/{model}.json"]
    package = source.startswith("package:") and not is_dictionary(model)
    return [f"resources/models/{model}"] if package else existing(source)


def base_files(wildcards):
    """The files of the model that a fine-tuning starts from."""
    return model_files(config["finetuning"][wildcards.finetuning]["base"])


def base_folder(wildcards):
    """What transformers loads of it."""
    return model_folder(config["finetuning"][wildcards.finetuning]["base"])


def objective_of(wildcards):
    """Settings of a fine-tuning's loss that all its trainings share."""
    objective = config["finetuning"][wildcards.finetuning]["objective"]
    return {key: value for key, value in objective.items() if key != "alphas"}


def training_of(wildcards):
    """How a fine-tuning is trained."""
    return config["finetuning"][wildcards.finetuning]["training"]


def blocks_needed(n_steps, batch_size, accumulation, processes, **rest):
    """Blocks of text that a training reads."""
    return n_steps * batch_size * accumulation * processes


def corpus_of(wildcards):
    """The text of a fine-tuning; a path of the project is seen from the working folder."""
    corpus = config["finetuning"][wildcards.finetuning]["corpus"]
    return corpus | {"source": locate(corpus["source"])}


def corpus_folder(finetuning):
    """Where its tokens are."""
    return f"resources/corpora/{finetuning}-{corpus_hash(config, finetuning)}"


def snapshot_folders(finetuning):
    """The folders of its trainings, one for each alpha."""
    return sorted(
        {
            alpha_folder(config, checkpoint)
            for checkpoint in checkpoints_of(finetuning, config["finetuning"][finetuning])
        }
    )


def is_of_hub(model):
    """Whether a model is named as in the hub: `name` or `owner/name`, and no such file or folder is here."""
    source = config["models"][model]["source"]
    return bool(re.fullmatch(r"[\w-][\w.-]*(/[\w.-]+)?", source)) and not os.path.exists(source)


def layers_needed(model):
    """Layers that some analysis or the simulation needs."""
    planted = PLANTED_LAYERS if SIMULATION.get("model") == model else []
    static = [0 for grid in GRIDS.values() if grid.source == "static" and static_model(grid.model) == model]
    return sorted({*layers_of(GRIDS.values(), model), *planted, *static})


def static_model(model):
    """The model whose layer 0 is the source `static` of a model's windows."""
    return config["sources"]["static"]["model"] or model


def branch_hearing(model, branches):
    """How a model hears continuations: so many branches of a story take the place of one input."""
    told = {key: MODELS[model][key] for key in ("context", "stride", "word_vector")}
    return {**told, "batch_size": branches * MODELS[model]["batch_size"]}


def layers_in_parts(model):
    """Layers of which some analysis, or the simulation, needs the syntactic and semantic parts."""
    planted_parts = PLANTED_PARTS if SIMULATION.get("model") == model else []
    return sorted({*layers_of([g for g in GRIDS.values() if g.source in COMPONENTS], model), *planted_parts})
