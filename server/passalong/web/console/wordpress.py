"""The plugin for WordPress as a file to upload, with a site's address and key in it."""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FOLDER = Path(__file__).parents[2] / "snippets" / "wordpress-plugin"
DEFAULTS = """<?php
/* The address of Passalong and the key of this site, as the console filled them in. */
return array( 'host' => '{url}', 'key' => '{key}' );
"""
SAME_DATE = (2026, 1, 1, 0, 0, 0)
"""The date of each file: the same plugin is the same bytes."""


def wordpress_plugin(url: str, site_id: str) -> bytes:
    """Return the plugin as a ZIP file. A key has letters and digits alone; an address has no quotes."""
    files = {path.name: path.read_text() for path in sorted(FOLDER.iterdir())}
    files["defaults.php"] = DEFAULTS.format(url=url.replace("'", "%27"), key=site_id)
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(f"passalong/{name}", SAME_DATE), text, ZIP_DEFLATED)
    return packed.getvalue()
