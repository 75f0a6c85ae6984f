"""The small shop that the functions work for."""
