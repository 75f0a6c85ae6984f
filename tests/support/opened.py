"""Run a command and print which files below the current directory it opened, sorted, one a line.

python3 opened.py COMMAND [ARGUMENT ...]
"""

import ctypes
import os
import struct
import subprocess
import sys

IN_OPEN = 0x20
IN_ISDIR = 0x40000000
HEAD = struct.Struct("iIII")


def main() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    inotify = libc.inotify_init1(os.O_NONBLOCK)
    if inotify < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    folders = {}
    for folder, _, _ in os.walk("."):
        watch = libc.inotify_add_watch(inotify, folder.encode(), IN_OPEN)
        if watch < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch", folder)
        folders[watch] = folder
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
    opened = set()
    while True:
        try:
            events = os.read(inotify, 1 << 16)
        except BlockingIOError:
            break
        while events:
            watch, mask, _, length = HEAD.unpack_from(events)
            name = events[HEAD.size : HEAD.size + length].rstrip(b"\0")
            events = events[HEAD.size + length :]
            if name and not mask & IN_ISDIR:
                opened.add(os.path.normpath(os.path.join(folders[watch], name.decode())))
    print("\n".join(sorted(opened)))


main()
