"""Holds examples, each with whether it is right, against a JSON schema."""

import json
import sys

from jsonschema import Draft7Validator


def main(schema_path, examples_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    with open(examples_path, encoding="utf-8") as file:
        examples = json.load(file)
    wrong = 0
    for example, right in examples:
        errors = [error.message for error in validator.iter_errors(example)]
        if right != (not errors):
            wrong += 1
            print(f"{example}: {errors or 'no error'}", file=sys.stderr)
    print(f"{len(examples)} examples")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
