"""Signal equations against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medview.phantoms.signal import (
    inflow_gradient_echo,
    inversion_recovery,
    spin_echo,
    spoiled_gradient_echo,
    washout,
)
from medview.phantoms.tissues import NUMBER, TISSUES, tissue_values


def test_a_spin_echo_at_tr_equal_t1_and_te_equal_t2_gives_the_textbook_product() -> None:
    assert spin_echo(0.8, 1000, 80, tr_ms=1000, te_ms=80) == pytest.approx(0.186036, abs=1e-6)


def test_inversion_recovery_nulls_a_tissue_at_t1_ln_2() -> None:
    nulled = inversion_recovery(1.0, 4300, 1500, tr_ms=1e9, te_ms=0, ti_ms=4300 * math.log(2))
    assert nulled == pytest.approx(0, abs=1e-12)


def test_inversion_recovery_before_the_null_is_positive_magnitude() -> None:
    # |1 - 2 exp(-0.1)| = 0.809675 with full recovery and no decay
    early = inversion_recovery(1.0, 1000, 1e9, tr_ms=1e9, te_ms=0, ti_ms=100)
    assert early == pytest.approx(0.809675, abs=1e-6)


def test_a_spoiled_gradient_echo_is_greatest_at_the_ernst_angle() -> None:
    angles = np.arange(1, 90)
    signal = [float(spoiled_gradient_echo(1, 1000, 50, tr_ms=100, te_ms=0, flip_deg=a)) for a in angles]
    ernst = math.degrees(math.acos(math.exp(-0.1)))
    assert angles[int(np.argmax(signal))] == pytest.approx(ernst, abs=1)


def test_blood_is_fully_bright_when_fresh_and_saturated_after_many_pulses() -> None:
    how = {"tr_ms": 22.0, "te_ms": 0.0, "flip_deg": 18.0}
    fresh, old = inflow_gradient_echo(1.0, 1664, 50, pulses=[0, 5000], **how)
    assert fresh == pytest.approx(math.sin(math.radians(18)))
    assert old == pytest.approx(float(spoiled_gradient_echo(1.0, 1664, 50, **how)))


def test_washout_is_complete_for_fast_blood_and_half_where_half_leaves_the_slice() -> None:
    assert washout(350, 90, 3) == 0
    assert washout(100, 30, 3) == pytest.approx(0.5)


def test_every_tissue_has_physical_values_and_a_source_for_each() -> None:
    for tissue in TISSUES:
        assert 0 <= tissue.pd <= 1
        assert tissue.t2s_ms <= tissue.t2_ms <= tissue.t1_ms
        assert len(tissue.sources) == 4
    assert len(NUMBER) == len(TISSUES)


def test_relaxation_orders_the_brain_as_at_3_tesla() -> None:
    t1, t2 = tissue_values("t1_ms"), tissue_values("t2_ms")
    white, grey, fluid = (NUMBER[name] for name in ("white matter", "cortex", "csf"))
    assert t1[white] < t1[grey] < t1[fluid]
    assert t2[white] < t2[grey] < t2[fluid]
