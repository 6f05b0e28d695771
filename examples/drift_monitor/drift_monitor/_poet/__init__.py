"""Functions of drift_monitor, enhanced; written by `poet build`."""
