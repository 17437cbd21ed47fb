"""What a BIDS dataset holds, and which of it a study uses: runs, stimuli, onsets, exclusions, downloads.

Imported while the workflow is planned, in every job: standard library only. Imports `files` and `errors`.
"""
