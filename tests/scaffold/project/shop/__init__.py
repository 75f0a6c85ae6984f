"""A project with every sort of provider."""
