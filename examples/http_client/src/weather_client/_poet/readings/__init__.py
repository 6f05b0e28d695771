# fmt: off
# isort: skip_file
# ruff: noqa
"""The link table of weather_client.readings, written by `poet build`: name -> (version, lines, their sha256)."""

from weather_client._poet._runtime import Link

poet = Link(
    __name__,
    {
        'current': ('current_v1', 9, '285506bac9c5aedbdb376211713454db7d08683e2e52c976a7c9260413ece6bb'),
        'forecast': ('forecast_v1', 8, '0e09e3e6d7c0836077a0cf97aa43f2802008b79c0667488831827f10a27a98b9'),
        'reading_from': ('reading_from_v1', 4, '1e1368a9c9dce791420351fa26825ac0fc01d5e783409e85223003562d6774fb'),
        'report': ('report_v1', 10, '3a96fd2ad820b45ad6177ce6824be062cc93da30699bc4c325cb4451af17f340'),
        'stations': ('stations_v1', 10, '52d336d2b1aebccfc6f53bc8fa98fddbb048fce997bc917184df2f1011124efb'),
    },
)

def _versions() -> None:  # pragma: no cover
    """Never called: what freezes a program looks for imports, and would miss these."""
    from weather_client._poet.readings import current_v1
    from weather_client._poet.readings import forecast_v1
    from weather_client._poet.readings import reading_from_v1
    from weather_client._poet.readings import report_v1
    from weather_client._poet.readings import stations_v1


IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.readings import poet'),
)
"""the import statements that were changed, for `poet unlink`"""
