"""What a forecast score is compared with: common shifts, simulated brains, sensitivity, and the verdict from them.

`draws` and `region_series` give the shifts and the targets, `scoring` the one way in which `shifted_scores` and
`brain_scores` score them, `group_tables` the means over subjects. `brains` simulates brains from a study's own words,
`verdict` holds the rule. Imports `results`, `simulation` and below.
"""
