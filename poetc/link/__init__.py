"""Stored → importable package and one changed import per module; and back."""
