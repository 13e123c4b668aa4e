"""Nerfacto-like: a hash grid with an appearance for each picture, and two proposal networks (P09, network B)."""
