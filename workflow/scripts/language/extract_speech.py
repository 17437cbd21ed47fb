"""Extract the states of a speech model for every word of a story."""

from brainforecast.jobs.context import job

if __name__ == "__main__":
    with job(snakemake):
        raise NotImplementedError
