"""Nerfacto-like: hash grid, an appearance for each picture, two proposal networks (P09, network B)."""
