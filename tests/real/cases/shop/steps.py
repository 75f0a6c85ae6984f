"""What happens in between, and may fail."""

listener = None


def step(what=None):
    """Some work; gives back what it was given."""
    if listener is not None:
        listener(what)
    return what
