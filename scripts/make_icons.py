"""Makes the icons that installing asks for, from public/icon.svg: PNGs of 180, 192 and 512 pixels, and one whose edge may be cut off
in any shape (a "maskable icon": what matters lies in the middle circle of 80 % of its width; W3C, Web Application Manifest).

Needs Chromium on PATH. Run it from the repository: python3 scripts/make_icons.py
"""

import re
import subprocess
import tempfile
from pathlib import Path

PUBLIC = Path(__file__).resolve().parent.parent / "public"
ICON = (PUBLIC / "icon.svg").read_text()
# Its ground reaches every edge: phones cut the corners themselves.
FULL = re.sub(r' rx="\d+"', "", ICON)
# The plant stays within the circle.
MASKABLE = FULL.replace("0 0 32 32", "-4 -4 40 40").replace("<rect", '<rect x="-4" y="-4"').replace('width="32" height="32"', 'width="40" height="40"')
ICONS = {"icon-180.png": (FULL, 180), "icon-192.png": (ICON, 192), "icon-512.png": (ICON, 512), "icon-maskable-512.png": (MASKABLE, 512)}


def draw(svg: str, size: int, file: Path) -> None:
    page = f"<style>*{{margin:0}} svg{{display:block;width:{size}px;height:{size}px}}</style>{svg}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "icon.html"
        source.write_text(page)
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--default-background-color=00000000"]
        size_flag = f"--window-size={size},{size}"
        profile = f"--user-data-dir={folder}/profile"
        command = ["chromium", *flags, size_flag, profile, f"--screenshot={file}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


for name, (svg, size) in ICONS.items():
    draw(svg, size, PUBLIC / name)
    print(name, (PUBLIC / name).stat().st_size, "bytes")
