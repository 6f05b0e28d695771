# fmt: off
# isort: skip_file
# ruff: noqa
"""The link table of weather_client.client, written by `poet build`: name -> (version, lines, their sha256)."""

from weather_client._poet._runtime import Link

poet = Link(
    __name__,
    {
        'Weather.current': ('Weather__current_v1', 9, '5bc9cfcc98559a390ea689ee7fca945e0e7592d73b785a545748c1a4b2017182'),
        'Weather.from_environment': ('Weather__from_environment_v1', 5, 'ca48aa59fd85e3ec3a9674817fbe1d4632198840a6bc3a8b85686063015c981b'),
        'Weather.is_open': ('Weather__is_open_v1', 5, '134d7c18fa5ee7f88ed6e0235469690e653ff176f8d37d2b07bc027f985688d0'),
        'Weather.path_of': ('Weather__path_of_v1', 5, '11f0fb8e6c19ece9ccfa6ec8b2d5e4d0a9451eafe97e16508c94b42da2cbb6c4'),
        'Weather.warmest': ('Weather__warmest_v1', 5, 'b7827a4bd2e339d5e0509edc5d9197e2656f46541d42a5f9f550700da41269c0'),
    },
)

def _versions() -> None:  # pragma: no cover
    """Never called: what freezes a program looks for imports, and would miss these."""
    from weather_client._poet.client import Weather__current_v1
    from weather_client._poet.client import Weather__from_environment_v1
    from weather_client._poet.client import Weather__is_open_v1
    from weather_client._poet.client import Weather__path_of_v1
    from weather_client._poet.client import Weather__warmest_v1


IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.client import poet'),
)
"""the import statements that were changed, for `poet unlink`"""
