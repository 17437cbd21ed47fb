"""The surface spaces, with their sizes, in one table, and how a config names one."""

from dataclasses import dataclass

from brainforecast.errors import BadInput, nearest


@dataclass(frozen=True)
class Surface:
    """One mesh of the cortex.

    Parameters
    ----------
    template : the space it samples, ``fsaverage`` or ``fsLR``; another name for a subject's own mesh.
    density : TemplateFlow's name of its size; None for a subject's own mesh.
    n_vertices : of each hemisphere; 0 where subjects differ.
    alias : name of FreeSurfer for this size of the template, if it has one.
    """

    template: str
    density: str | None
    n_vertices: int
    alias: str | None = None

    def __str__(self) -> str:
        return self.alias or (f"{self.template} (den-{self.density})" if self.density else self.template)


SURFACES = (
    Surface("fsaverage", "642", 642, "fsaverage3"),  # no name in TemplateFlow
    Surface("fsaverage", "3k", 2_562, "fsaverage4"),
    Surface("fsaverage", "10k", 10_242, "fsaverage5"),
    Surface("fsaverage", "41k", 40_962, "fsaverage6"),
    Surface("fsaverage", "164k", 163_842, "fsaverage"),
    Surface("fsLR", "4k", 4_002),
    Surface("fsLR", "8k", 7_842),
    Surface("fsLR", "32k", 32_492),
    Surface("fsLR", "59k", 59_292),
    Surface("fsLR", "164k", 163_842),
)
SPACES = (*(surface.alias for surface in SURFACES if surface.alias), "fsLR")
CIFTI_DENSITIES = {"91k": "32k", "170k": "59k"}  # grayordinates of a CIFTI file -> vertices per hemisphere
OWN_SPACES = ("fsnative", "individual", "T1w", "func", "bold", "boldref", "anat")  # of each subject, not of a template


def is_surface(space: str | None) -> bool:
    """Whether a name is that of a surface space."""
    return space in SPACES


def find_surface(space: str, density: str | None = None, n_vertices: int | None = None) -> Surface | None:
    """Find a surface by the names that a config gives it or, where they leave it open, by the size of a file.

    Parameters
    ----------
    space : ``dataset.space``: a name in `SPACES`.
    density : ``dataset.entities.den``: 10k, 32k ... or, of CIFTI files, 91k and 170k.
    n_vertices : per hemisphere, of a run.

    Returns
    -------
    None where space and density leave several sizes and `n_vertices` is not known.

    Raises
    ------
    BadInput : an unknown space, a density that the space does not have, or a size that none has.
    """
    if space not in SPACES:
        expected = f"a surface space, one of {', '.join(SPACES)}; nearest is {nearest(space, SPACES)}"
        raise BadInput("dataset.space", space, expected)
    known = [surface for surface in SURFACES if space in (surface.alias, surface.template)]
    density = CIFTI_DENSITIES.get(density, density)
    if density:
        fitting = [surface for surface in known if surface.density == density]
        if not fitting:
            densities = [surface.density for surface in known]
            expected = f"a density of {space}, one of {', '.join(densities)}; nearest is {nearest(density, densities)}"
            raise BadInput("dataset.entities.den", density, expected)
        return fitting[0]
    named = [surface for surface in known if surface.alias == space]
    if named or n_vertices is None:
        return named[0] if named else None
    of_size = [surface for surface in known if surface.n_vertices == n_vertices]
    if not of_size:
        sizes = ", ".join(f"{surface.n_vertices:,} ({surface.density})" for surface in known)
        raise BadInput("dataset.space", f"{space}, but runs of {n_vertices:,} vertices{fits(n_vertices)}", sizes)
    return of_size[0]


def n_vertices(space: str, density: str | None = None) -> int:
    """Vertices per hemisphere of a surface space of known density."""
    surface = find_surface(space, density)
    if surface is None:
        raise BadInput("dataset.entities.den", "nothing", f"the density of {space}: 32k, 59k or 164k")
    return surface.n_vertices


def fits(n_vertices: int) -> str:
    """The spaces that have a number of vertices per hemisphere, as a remark in brackets."""
    names = [str(surface) for surface in SURFACES if surface.n_vertices == n_vertices]
    return f" (those of {' or '.join(names)})" if names else " (those of no known space)"
