"""`./dev drill [NAME …]`: runs the drills, each in a process of its own. A drill is a module here; it exits non-zero
when a promise was broken and says which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    known = {file.stem.replace("_", "-"): file.stem for file in sorted(HERE.glob("*.py")) if file.stem[0] != "_"}
    if unknown := [name for name in names if name not in known]:
        print(f"没有这样的演练：{'、'.join(unknown)}。可选：{'、'.join(known)}", file=sys.stderr)
        return 2
    broken = 0
    for name in names or known:
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"drills.{known[name]}"], cwd=HERE.parent, check=False)
        print("通过" if done.returncode == 0 else "承诺被打破", flush=True)
        broken += done.returncode != 0
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
