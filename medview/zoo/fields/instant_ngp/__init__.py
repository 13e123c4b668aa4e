"""Instant-NGP: a multi-resolution hash grid and two small networks (P09, network A)."""
