"""Facts of Python source: functions, names, places, annotations. Knows no stage and no project."""
