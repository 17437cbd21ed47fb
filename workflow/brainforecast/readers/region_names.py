"""Names of regions in atlases: which are no cortex, and which are the left and the right of one region."""

import re

SIDES = {"L": "L", "LH": "L", "lh": "L", "Left": "L", "left": "L", "LEFT": "L",
         "R": "R", "RH": "R", "rh": "R", "Right": "R", "right": "R", "RIGHT": "R"}  # fmt: skip
SEPARATORS = re.compile(r"([-_. ]+)")
CORTEX = re.compile(r"^ctx[-_]")  # FreeSurfer's prefix in volumes: ctx-lh-insula is insula of lh.aparc.annot
NO_REGION = {  # without capitals and marks
    "", "0", "unknown", "background", "corpuscallosum", "none", "null", "na", "nan", "noname", "noname0", "undefined",
    "nolabel", "unlabeled", "unlabelled", "unassigned", "unclassified", "medwall", "mwall", "mw", "noncortex",
    "noncortical",
}  # fmt: skip


def pair_hemispheres(name: str) -> tuple[str | None, str]:
    """Take the hemisphere out of a region's name, so that left and right have one name.

    Returns
    -------
    hemi : ``L``, ``R``, or None where the name has no hemisphere.
    roi : the name without it.

    Examples
    --------
    >>> pair_hemispheres("7Networks_LH_Vis_1")
    ('L', '7Networks_Vis_1')
    >>> pair_hemispheres("R_V1_ROI"), pair_hemispheres("ctx-lh-insula"), pair_hemispheres("Precentral_L")
    (('R', 'V1_ROI'), ('L', 'insula'), ('L', 'Precentral'))
    >>> pair_hemispheres("lingual")
    (None, 'lingual')
    """
    parts = SEPARATORS.split(CORTEX.sub("", name))
    sides = [i for i in range(0, len(parts), 2) if parts[i] in SIDES]
    # at the start, else at the end, else the only one inside: L_5_L is the left region 5_L
    at = next((i for i in (0, len(parts) - 1) if i in sides), sides[0] if len(sides) == 1 else None)
    if at is None or len(parts) == 1:
        return None, name
    rest = parts[: at - 1] + parts[at + 1 :] if at else parts[2:]
    return SIDES[parts[at]], "".join(rest)


def is_region(name: str) -> bool:
    """Whether a label is a region, and not the medial wall or the background by any of their names."""
    plain = re.sub(r"[^a-z0-9]", "", pair_hemispheres(name)[1].lower())
    return plain not in NO_REGION and "medialwall" not in plain
