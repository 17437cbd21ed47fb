"""A small closed mesh."""

import numpy as np


def sphere(n_times: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """A sphere from an octahedron whose triangles are divided by four, `n_times`: coordinates and faces."""
    points = [
        np.array(point, dtype=float) for point in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
    ]
    faces = [(x, y, z) if (x + y + z) % 2 else (y, x, z) for x in (0, 1) for y in (2, 3) for z in (4, 5)]
    for _ in range(n_times):
        middles: dict[tuple[int, int], int] = {}

        def middle(a: int, b: int, middles=middles) -> int:
            if (key := (min(a, b), max(a, b))) not in middles:
                middles[key] = len(points)
                points.append((points[a] + points[b]) / np.linalg.norm(points[a] + points[b]))
            return middles[key]

        divided = []
        for a, b, c in faces:
            ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
            divided += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        faces = divided
    return radius * np.array(points), np.array(faces)
