"""medview: see a scan, run a model on it, judge and correct the result."""

__version__ = "0.1.0"
