"""Where things are, from the environment."""

import os

# The database of SQLAlchemy and SQLModel.
URL = os.environ.get("SHOP_URL", "sqlite:///shop.db")
ASYNC_URL = os.environ.get("SHOP_ASYNC_URL", "sqlite+aiosqlite:///shop.db")
# That of the drivers themselves.
PATH = "shop.db"
DSN = os.environ.get("SHOP_DSN", "")
DSN_URL = os.environ.get("SHOP_DSN_URL", "")
# Somebody on the network who answers.
PEER = ("127.0.0.1", int(os.environ.get("SHOP_PEER", "0")))
