# fmt: off
# isort: skip_file
# ruff: noqa
"""The link table of weather_client.aio, written by `poet build`: name -> (version, lines, their sha256)."""

from weather_client._poet._runtime import Link

poet = Link(
    __name__,
    {
        'AsyncWeather.alert_list': ('AsyncWeather__alert_list_v1', 8, '29f8543a6230cdc489883df9eab2052476205fadc93a68968b1979dac0d1cfe3'),
        'AsyncWeather.alerts': ('AsyncWeather__alerts_v1', 6, 'cefd80f95679c1baf7f7b60c402190f8adc8742672f80a87114c40cf248e6d6b'),
        'AsyncWeather.current': ('AsyncWeather__current_v1', 7, '690e7657c1cbda3cb2f44b7d7c17fb897b6c7151c30316c5edc9fdfe1922b430'),
        'AsyncWeather.quick': ('AsyncWeather__quick_v1', 7, '960d9c666ca8e98b9e0b995ba45383453b43fc072c4bb7eee36ebf45564af657'),
    },
)

def _versions() -> None:  # pragma: no cover
    """Never called: what freezes a program looks for imports, and would miss these."""
    from weather_client._poet.aio import AsyncWeather__alert_list_v1
    from weather_client._poet.aio import AsyncWeather__alerts_v1
    from weather_client._poet.aio import AsyncWeather__current_v1
    from weather_client._poet.aio import AsyncWeather__quick_v1


IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.aio import poet'),
)
"""the import statements that were changed, for `poet unlink`"""
