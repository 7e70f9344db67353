"""Renders docs/ as pages for the program: every Markdown file, and the API reference out of openapi.yaml.

Usage: make_docs.py DOCS OUT. Writes OUT/<page>.html and OUT/style.css, and leaves files alone that say the same. The pages run no script
and load nothing but the style; raw HTML in the Markdown is shown as text.
"""
import html
import json
import pathlib
import re
import sys

import markdown
import yaml

GROUPS = [
    ("Start", ["quick-start", "console", "live", "cli", "migration"]),
    ("Build", ["payload", "verify-signatures", "api", "reference", "engines"]),
    ("Run", ["configuration", "delivery", "failure-modes", "operations"]),
]
LEFT_OUT = {"decisions"}


def page_of(path):
    """operations/README.md is "operations", operations/master-key.md is "operations-master-key"."""
    parts = list(path.with_suffix("").parts)
    return "-".join(parts[:-1] if parts[-1] == "README" else parts)


def anchor(text, _separator="-"):
    """As forges make them, and scripts/check-docs expects."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def escape(text):
    return html.escape(str(text), quote=True)


class Site:
    def __init__(self, docs):
        self.docs = docs
        files = [p.relative_to(docs) for p in sorted(docs.rglob("*.md"))]
        self.files = {page_of(p): p for p in files if not LEFT_OUT & set(p.parts)}
        self.titles = {page: self.title(path) for page, path in self.files.items()}
        self.titles["reference"] = "API reference"
        known = {page for _, pages in GROUPS for page in pages}
        more = [page for page in self.titles if page not in known]
        self.groups = [(name, [page for page in pages if page in self.titles]) for name, pages in GROUPS]
        self.groups[-1][1].extend(more)

    def title(self, path):
        return (self.docs / path).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")

    def navigation(self, current):
        out = []
        for name, pages in self.groups:
            out.append(f"<h2>{escape(name)}</h2><ul>")
            for page in pages:
                here = ' aria-current="page"' if page == current else ""
                out.append(f'<li><a href="/docs/{page}"{here}>{escape(self.titles[page])}</a></li>')
            out.append("</ul>")
        return "".join(out)

    def link(self, path, target):
        """Where a link of a document leads on these pages; nothing when that is not one of them."""
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return target
        file, _, part = target.partition("#")
        place = (self.docs / path).parent / file
        part = "#" + part if part else ""
        try:
            there = place.resolve().relative_to(self.docs.resolve())
        except ValueError:
            return None
        if there.as_posix() == "openapi.yaml":
            return "/docs/reference"
        page = page_of(there / "README.md") if place.is_dir() else page_of(there) if there.suffix == ".md" else None
        return f"/docs/{page}{part}" if page in self.files else None

    def body(self, page):
        path = self.files[page]
        text = (self.docs / path).read_text(encoding="utf-8")

        def relink(match):
            there = self.link(path, match[2])
            return f"[{match[1]}]({there})" if there else match[1]

        parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
        parts[::2] = [re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", relink, part) for part in parts[::2]]
        renderer = markdown.Markdown(extensions=["tables", "fenced_code", "toc"], extension_configs={"toc": {"slugify": anchor}})
        renderer.preprocessors.deregister("html_block")
        renderer.inlinePatterns.deregister("html")
        return renderer.convert("".join(parts)).replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>")

    def page(self, page, body):
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="color-scheme" content="light dark"><title>{escape(self.titles[page])} · wrapup</title>'
            '<link rel="stylesheet" href="/docs/style.css"></head><body><a class="skip" href="#content">To the text</a>'
            f'<nav aria-label="Documentation"><a class="home" href="/">wrapup</a>{self.navigation(page)}</nav>'
            f'<main id="content">{body}</main></body></html>\n'
        )


class Reference:
    """The API reference: one section an operation, one a schema."""

    def __init__(self, contract):
        self.contract = contract
        self.parts = contract["components"]

    def resolve(self, value):
        while "$ref" in value:
            found = self.contract
            for step in value["$ref"][2:].split("/"):
                found = found[step]
            value = found
        return value

    def type(self, schema):
        """A schema in a few words, with a link to what has a name."""
        if not isinstance(schema, dict) or not schema:
            return "anything"
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return f'<a href="#schema-{anchor(name)}">{escape(name)}</a>'
        for word in ("oneOf", "anyOf", "allOf"):
            if word in schema:
                between = " and " if word == "allOf" else " or "
                return between.join(self.type(one) for one in schema[word])
        if "const" in schema:
            return f"<code>{escape(json.dumps(schema['const']))}</code>"
        if "enum" in schema:
            return ", ".join(f"<code>{escape(json.dumps(one).strip(chr(34)))}</code>" for one in schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "anything")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        if kind == "array":
            return "array of " + self.type(schema.get("items", {}))
        bounds = [f"{name} {schema[key]}" for key, name in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"), ("default", "default")) if key in schema]
        form = [schema["format"]] if "format" in schema else []
        return escape(", ".join([kind, *form, *bounds]))

    def rows(self, schema, prefix=""):
        schema = self.resolve(schema)
        for one in schema.get("allOf", []):
            yield from self.rows(one, prefix)
        for name, member in schema.get("properties", {}).items():
            required = name in schema.get("required", [])
            description = self.resolve(member).get("description", "") if isinstance(member, dict) else ""
            inner = member if isinstance(member, dict) else {}
            yield (f"<tr><td><code>{escape(prefix + name)}</code></td><td>{self.type(inner)}{', required' if required else ''}</td>"
                   f"<td>{escape(description)}</td></tr>")
            if "$ref" not in inner and "properties" in inner:
                yield from self.rows(inner, prefix + name + ".")

    def table(self, schema):
        rows = "".join(self.rows(schema))
        head = "<tr><th>member</th><th>type</th><th>is</th></tr>"
        return f'<div class="wide" tabindex="0"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>' if rows else f"<p>{self.type(schema)}</p>"

    def content(self, content):
        for kind, media in content.items():
            schema = media.get("schema", {})
            if kind != "application/json":
                yield f"<p><code>{escape(kind)}</code></p>"
            properties = self.resolve(schema).get("properties", {}) if schema else {}
            shown = properties["response"] if set(properties) >= {"status", "response"} else schema
            if shown is not schema:
                yield "<p>In <code>response</code>:</p>"
            yield f"<p>{self.type(shown)}</p>" if "$ref" in shown else self.table(shown) if shown else ""
            if "example" in media:
                yield f"<pre><code>{escape(json.dumps(media['example'], indent=2, ensure_ascii=False))}</code></pre>"

    def operation(self, method, path, operation):
        needs = operation.get("security", [{}])
        scope = needs[0]["key"][0] if needs and "key" in needs[0] else None
        yield f'<h3 id="{escape(operation["operationId"])}"><code>{method.upper()} {escape(path)}</code></h3>'
        yield f"<p>{escape(operation['summary'])}. {'Scope <code>' + escape(scope) + '</code>.' if scope else 'No key needed.'}</p>"
        if "description" in operation:
            yield f"<p>{escape(operation['description'])}</p>"
        if parameters := [self.resolve(p) for p in operation.get("parameters", [])]:
            yield '<div class="wide" tabindex="0"><table><thead><tr><th>parameter</th><th>in</th><th>type</th><th>is</th></tr></thead><tbody>'
            for p in parameters:
                yield (f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td><td>{self.type(p.get('schema', {}))}"
                       f"{', required' if p.get('required') else ''}</td><td>{escape(p.get('description', ''))}</td></tr>")
            yield "</tbody></table></div>"
        if "requestBody" in operation:
            yield "<h4>Body</h4>" + "".join(self.content(self.resolve(operation["requestBody"])["content"]))
        for status, answer in operation["responses"].items():
            answer = self.resolve(answer)
            if status.startswith("2"):
                yield f"<h4>{escape(status)}</h4>" + "".join(self.content(answer.get("content", {})))
        refusals = [f"{escape(status)} {escape(self.resolve(answer)['description'])}" for status, answer in operation["responses"].items() if not status.startswith("2")]
        if refusals:
            yield "<ul>" + "".join(f"<li>{one}</li>" for one in refusals) + "</ul>"

    def render(self):
        info = self.contract["info"]
        yield f"<h1>API reference</h1>{markdown.markdown(info['description'])}"
        yield '<p>Made from the contract that <a href="/openapi.json">/openapi.json</a> gives to programs.</p>'
        every = [(m, p, o) for p, methods in self.contract["paths"].items() for m, o in methods.items()]
        for tag in self.contract["tags"]:
            mine = [one for one in every if tag["name"] in one[2].get("tags", [])]
            yield f'<h2 id="{anchor(tag["name"])}">{escape(tag["name"].capitalize())}</h2><p>{escape(tag["description"])}</p>'
            for method, path, operation in mine:
                yield from self.operation(method, path, operation)
        yield '<h2 id="schemas">Schemas</h2>'
        for name, schema in self.parts["schemas"].items():
            yield f'<h3 id="schema-{anchor(name)}">{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>' + self.table(schema)


def write(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main():
    docs, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    site = Site(docs)
    pages = {page: site.body(page) for page in site.files}
    pages["reference"] = "".join(Reference(yaml.safe_load((docs / "openapi.yaml").read_text(encoding="utf-8"))).render())
    for page, body in pages.items():
        write(out / f"{page}.html", site.page(page, body))
    write(out / "style.css", (pathlib.Path(__file__).parent / "docs.css").read_text(encoding="utf-8"))
    for stale in {p.name for p in out.glob("*.html")} - {f"{page}.html" for page in pages}:
        (out / stale).unlink()


if __name__ == "__main__":
    main()
