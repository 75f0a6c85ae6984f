"""A hook of mkdocs: what lies outside of docs/ is no page, so links to it become its path."""

import re

OUTSIDE = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+(?!rules/)[^)\s]+)\)")


def on_page_markdown(markdown, page, config, files):
    """The text of a page with links out of docs/ written out."""
    depth = page.file.src_uri.count("/")

    def written(link):
        text, target = link.groups()
        if target.count("../") <= depth:
            return link[0]
        path = target.replace("../", "")
        return f"`{path}`" if text.strip("`") == path else f"{text} (`{path}`)"

    return OUTSIDE.sub(written, markdown)
