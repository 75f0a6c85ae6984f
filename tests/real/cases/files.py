"""Files of all sorts."""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import os
import shelve
import tarfile
import tempfile
import wave
import zipfile
from pathlib import Path

from shop.steps import step

FAILURES = (RuntimeError, OSError)


# fixed: read("numbers.txt"); read("missing.txt")
def read(path):
    f = open(path)
    text = f.read()
    step()
    f.close()
    return text


# fixed: words("numbers.txt"); words("missing.txt"); words("binary.dat")
def words(path):
    count = 0
    for line in open(path, encoding="utf-8"):
        count += len(line.split())
        step()
    return count


# fixed: settings("settings.json"); settings("numbers.txt"); settings("missing.json")
def settings(path):
    return json.load(open(path))


# fixed: write("out.txt", ["a", "b"]); write("missing/out.txt", ["a"]); write("out.txt", [1])
def write(path, lines):
    out = open(path, "w")
    for line in lines:
        out.write(line + "\n")
        step()
    out.close()


# fixed: written_at_once("out.txt")
def written_at_once(path):
    open(path, "w").write("done\n")
    step()
    return os.path.getsize(path)


# fixed: read_back("out.txt")
def read_back(path):
    # The close in the middle is needed: what follows reads what was written.
    out = open(path, "w")
    out.write("written")
    out.close()
    step()
    back = open(path)
    text = back.read()
    back.close()
    return text


# fixed: moved("out.txt", "final.txt"); moved("out.txt", "missing/final.txt")
def moved(path, target):
    out = open(path, "w")
    out.write("whole")
    step()
    out.close()
    os.rename(path, target)


# fixed: sum_of("table.csv", "amount"); sum_of("table.csv", "nothing")
def sum_of(path, column):
    f = open(path, newline="")
    reader = csv.DictReader(f)
    total = 0
    for row in reader:
        total += int(row[column])
        step(total)
    f.close()
    return total


# handed: list(lazy_rows("table.csv"))
def lazy_rows(path):
    f = open(path, newline="")
    step()
    return csv.reader(f)


# handed: list(stripped("numbers.txt"))
def stripped(path):
    f = open(path)
    return (line.strip() for line in f)


# handed: list(mapped("numbers.txt"))
def mapped(path):
    return map(str.strip, open(path))


# handed: opened("numbers.txt").read()
def opened(path):
    f = open(path)
    step()
    return f


# fixed: list(lines("numbers.txt")); next(lines("numbers.txt"))
def lines(path):
    f = open(path)
    for line in f:
        step()
        yield line.rstrip()
    f.close()


# fixed: merged("numbers.txt", "table.csv", "out.txt"); merged("numbers.txt", "missing.txt", "out.txt")
def merged(left, right, target):
    one = open(left)
    two = open(right)
    out = open(target, "w")
    out.write(one.read())
    step()
    out.write(two.read())
    out.close()
    two.close()
    one.close()


# fixed: copied("numbers.txt", "copy.txt"); copied("missing.txt", "copy.txt")
def copied(source, target):
    src = open(source, "rb")
    dst = open(target, "wb")
    while True:
        block = src.read(4)
        if not block:
            break
        dst.write(block)
        step()
    src.close()
    dst.close()


# fixed: zipped("numbers.txt.gz"); zipped("numbers.txt"); zipped("missing.gz")
def zipped(path):
    packed = gzip.open(path, "rt")
    text = packed.read()
    step()
    packed.close()
    return text


# fixed: bzipped("numbers.txt.bz2"); bzipped("numbers.txt")
def bzipped(path):
    packed = bz2.open(path, "rt")
    first = packed.readline()
    step()
    return first


# fixed: xzipped("numbers.txt.xz")
def xzipped(path):
    packed = lzma.open(path)
    data = packed.read()
    step()
    packed.close()
    return len(data)


# fixed: members("archive.zip"); members("numbers.txt"); members("missing.zip")
def members(path):
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    for name in names:
        print(name, len(archive.read(name)))
        step()
    archive.close()
    return names


# fixed: one_member("archive.zip", "a.txt"); one_member("archive.zip", "none.txt")
def one_member(path, name):
    archive = zipfile.ZipFile(path)
    member = archive.open(name)
    data = member.read()
    step()
    member.close()
    archive.close()
    return data


# fixed: tarred("archive.tar"); tarred("numbers.txt")
def tarred(path):
    archive = tarfile.open(path)
    names = archive.getnames()
    step()
    archive.close()
    return names


# fixed: pathlib_read(Path("numbers.txt")); pathlib_read(Path("missing.txt"))
def pathlib_read(path: Path):
    handle = path.open(encoding="utf-8")
    first = handle.readline()
    step()
    return first


# fixed: coded("latin.txt", "latin-1"); coded("latin.txt", "utf-8")
def coded(path, encoding):
    f = codecs.open(path, "r", encoding)
    text = f.read()
    step()
    f.close()
    return text


# fixed: temporary()
def temporary():
    temp = tempfile.TemporaryFile()
    temp.write(b"some")
    step()
    temp.seek(0)
    return temp.read()


# fixed: shelved("store"); shelved("missing/store")
def shelved(path):
    store = shelve.open(path)
    store["a"] = 1
    step()
    keys = sorted(store.keys())
    store.close()
    return keys


# fixed: frames("tone.wav"); frames("numbers.txt")
def frames(path):
    sound = wave.open(path, "rb")
    number = sound.getnframes()
    step()
    sound.close()
    return number


# missed: scanned(".")
def scanned(path):
    entries = os.scandir(path)
    names = []
    for entry in entries:
        names.append(entry.name)
        if len(names) == 2:
            step()
            break
    return len(names)


# tidied: well("numbers.txt"); well("missing.txt")
def well(path):
    f = open(path)
    try:
        text = f.read()
        step()
    finally:
        f.close()
    return text


# untouched: right("numbers.txt"); right("missing.txt")
def right(path):
    with open(path) as f:
        step()
        return f.read()


# fixed: handled("numbers.txt"); handled("missing.txt"); handled("binary.dat")
def handled(path):
    try:
        f = open(path, encoding="utf-8")
        text = f.read()
        step()
        f.close()
    except FileNotFoundError:
        return "none"
    except ValueError:
        return "not text"
    return text


# fixed: appended("log.txt", "one"); appended("missing/log.txt", "one")
def appended(path, entry):
    log = open(path, "a")
    print(entry, file=log)
    step()
    print("end", file=log)


# fixed: low("numbers.txt"); low("missing.txt")
def low(path):
    raw = io.FileIO(path)
    data = raw.read(4)
    step()
    raw.close()
    return data


# fixed: wrapped("numbers.txt")
def wrapped(path):
    raw = open(path, "rb")
    text = io.TextIOWrapper(raw)
    line = text.readline()
    step()
    text.close()
    return line


# fixed: first_of(["missing.txt", "numbers.txt"]); first_of([])
def first_of(paths):
    for path in paths:
        try:
            f = open(path)
        except OSError:
            continue
        text = f.readline()
        step(path)
        f.close()
        return text
    return None
