"""What mypy has to refuse: the comments say in which words."""

from __future__ import annotations

from shop.typed import Till, doubled, fed

doubled("1")  # Argument 1 to "doubled" has incompatible type "str"; expected "int"
doubled()  # Missing positional argument "number" in call to "doubled"
doubled(1, session="x")  # Argument "session" to "doubled" has incompatible type "str"
doubled(1, sesion=None)  # Unexpected keyword argument "sesion" for "doubled"
Till().total("1")  # Argument 1 to "total" of "Till" has incompatible type "str"
fed(1).upper()  # "Coroutine[Any, Any, int]" has no attribute "upper"
