"""Writes a component of an OpenAPI document as a JSON Schema of its own, with what it refers to.

Usage: component_schema.py openapi.yaml COMPONENT NAME OUTPUT; the schema's $id is urn:wrapup:schema:NAME.
"""
import json
import pathlib
import sys

import yaml

PREFIX = "#/components/schemas/"


def own(value, needed):
    """The same with references into $defs, whose names are added to `needed`."""
    if isinstance(value, list):
        return [own(each, needed) for each in value]
    if not isinstance(value, dict):
        return value
    if (target := value.get("$ref", "")).startswith(PREFIX):
        needed.append(target[len(PREFIX):])
        return {"$ref": "#/$defs/" + target[len(PREFIX):]}
    return {key: own(each, needed) for key, each in value.items() if key != "discriminator"}  # OpenAPI's alone


def main():
    document, component, name, output = sys.argv[1:]
    schemas = yaml.safe_load(pathlib.Path(document).read_text(encoding="utf-8"))["components"]["schemas"]
    needed, definitions = [], {}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:wrapup:schema:{name}"}
    schema |= own(schemas[component], needed)
    while needed:
        wanted = needed.pop()
        if wanted not in definitions:
            definitions[wanted] = own(schemas[wanted], needed)
    if definitions:
        schema["$defs"] = dict(sorted(definitions.items()))
    text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
    file = pathlib.Path(output)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


main()
