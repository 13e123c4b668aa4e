from __future__ import annotations

import numpy as np
import pytest
import pyvista

from medview.core.errors import InputRefused
from medview.core.mesh import Mesh
from medview.io.stl import HEADER, read_stl, write_stl

CORNERS = np.array([[0, 0, 0], [10, 0, 0], [0, 20, 0], [0, 0, 30]], np.float32)
OUTWARD = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
TETRAHEDRON = Mesh(vertices_ras=CORNERS, triangles=OUTWARD)


def test_a_surface_comes_back_where_it_was(tmp_path) -> None:
    path = tmp_path / "a.stl"
    assert write_stl([TETRAHEDRON], path) == 4
    assert np.array_equal(read_stl(path), CORNERS[OUTWARD])


def test_another_reader_finds_it_in_lps_with_the_same_volume_and_outward_normals(tmp_path) -> None:
    path = tmp_path / "a.stl"
    write_stl([TETRAHEDRON], path)
    assert path.read_bytes()[:80].rstrip(b"\0") == HEADER and b"SPACE=LPS" in HEADER
    mesh = pyvista.read(path)
    assert mesh.n_cells == 4 and mesh.volume == pytest.approx(1000)
    assert mesh.bounds == pytest.approx((-10, 0, -20, 0, 0, 30))
    away = mesh.cell_centers().points - mesh.center_of_mass()
    assert (
        np.einsum("ij,ij->i", mesh.compute_normals(auto_orient_normals=False).cell_data["Normals"], away) > 0
    ).all()


def test_several_surfaces_share_a_file(tmp_path) -> None:
    path = tmp_path / "two.stl"
    assert write_stl([TETRAHEDRON, TETRAHEDRON], path) == 8


def test_nothing_is_refused_in_words_and_the_old_file_stays(tmp_path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(b"old")
    with pytest.raises(InputRefused, match="has no surface"):
        write_stl([], path)
    assert path.read_bytes() == b"old"
