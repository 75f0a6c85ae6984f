"""What the project keeps in a package: its modules, and their names once more."""
from . import gives, takes
from .gives import *
from .holders import *
from .takes import *
