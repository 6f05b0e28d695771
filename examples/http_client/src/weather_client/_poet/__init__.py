"""Functions of weather_client, enhanced; written by `poet build`."""
