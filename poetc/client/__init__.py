"""Talks to the generation service over HTTP, and starts one on this machine when asked to. It does not trust it."""
