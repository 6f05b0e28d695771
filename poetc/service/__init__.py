"""The generation service: FastAPI around engines in worker processes. It never executes the code it is sent."""
