"""More about files: what is made of them, who else uses them, and in which order."""

import csv
import json
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from itertools import chain, islice

from shop.steps import step

FAILURES = (RuntimeError, OSError)


# handed: bound("numbers.txt")()
def bound(path):
    f = open(path)
    return f.readline


# fixed: list(delegated("numbers.txt")); next(delegated("numbers.txt"))
def delegated(path):
    f = open(path)
    yield from f
    f.close()


# fixed: split("numbers.txt"); split("binary.dat")
def split(path):
    f = open(path, encoding="utf-8")
    return f.read().splitlines()


# fixed: head("numbers.txt", 2); head("missing.txt", 2)
def head(path, number):
    f = open(path)
    lines = list(islice(f, number))
    step()
    f.close()
    return lines


# handed: list(lazy_head("numbers.txt", 2))
def lazy_head(path, number):
    f = open(path)
    return islice(f, number)


# fixed: of_both("numbers.txt", "table.csv")
def of_both(one, two):
    left = open(one)
    right = open(two)
    lines = [line for line in chain(left, right)]
    step()
    right.close()
    left.close()
    return len(lines)


# fixed: rows_by("table.csv", "name")
def rows_by(path, column):
    f = open(path, newline="")
    found = {row[column]: row for row in csv.DictReader(f)}
    step()
    return found


# fixed: packed("archive.zip")
def packed(path):
    raw = open(path, "rb")
    archive = zipfile.ZipFile(raw)
    names = archive.namelist()
    step()
    archive.close()
    raw.close()
    return names


# fixed: tar_in_file("archive.tar")
def tar_in_file(path):
    raw = open(path, "rb")
    archive = tarfile.open(fileobj=raw)
    names = archive.getnames()
    step()
    archive.close()
    raw.close()
    return names


# fixed: child("child.txt")
def child(path):
    out = open(path, "w")
    subprocess.run([sys.executable, "-I", "-c", "print('from the child')"], stdout=out, check=True)
    step()
    out.close()
    back = open(path)
    return back.read()


# fixed: dumped("out.json", {"a": [1]}); dumped("out.json", {"a": set()})
def dumped(path, data):
    out = open(path, "w")
    json.dump(data, out)
    out.write("\n")
    step()
    out.close()


# fixed: table("out.csv", [[1, "a"], [2, "b"]]); table("out.csv", [1])
def table(path, rows):
    out = open(path, "w", newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(row)
        step()
    out.close()
    return os.path.getsize(path)


# fixed: unless_there("numbers.txt"); unless_there("new.txt")
def unless_there(path):
    try:
        out = open(path, "x")
    except FileExistsError:
        return False
    out.write("new")
    step()
    out.close()
    return True


# fixed: in_two_modes("numbers.txt", True); in_two_modes("numbers.txt", False)
def in_two_modes(path, binary):
    if binary:
        f = open(path, "rb")
    else:
        f = open(path)
    data = f.read(3)
    step()
    f.close()
    return data


# missed: from_threads("numbers.txt")
def from_threads(path):
    f = open(path)
    found = []
    thread = threading.Thread(target=lambda: found.append(f.read()))
    thread.start()
    thread.join()
    step()
    f.close()
    return found


# fixed: replaced("settings.json", 4); replaced("missing.json", 4)
def replaced(path, depth):
    f = open(path)
    data = json.load(f)
    f.close()
    data["depth"] = depth
    step()
    f = open(path, "w")
    json.dump(data, f)
    f.close()


# fixed: seek_and_write("numbers.txt")
def seek_and_write(path):
    f = open(path, "r+")
    text = f.read()
    f.seek(0)
    f.write(text.upper())
    step()
    f.truncate()
    f.close()


# asked: chosen_by_loop(["missing.txt", "numbers.txt"])
def chosen_by_loop(paths):
    f = None
    for path in paths:
        if os.path.exists(path):
            f = open(path)
            break
    if f is None:
        raise FileNotFoundError(paths)
    text = f.read()
    step()
    f.close()
    return text


# fixed: error_is_told("missing.txt"); error_is_told("numbers.txt")
def error_is_told(path):
    try:
        f = open(path)
        number = int(f.readline())
        f.close()
        return number
    except OSError as error:
        print("cannot read", error.strerror)
        raise
    except ValueError:
        print("no number")
        raise
