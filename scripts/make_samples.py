#!/usr/bin/env python3
"""Makes the sample photos (public/samples/) and the photos kept apart for tests (tests/photos/).

Needs Pillow and Debian's package `tuxpaint-stamps-default` (2022.06.04-1): Tux Paint's rubber stamps, many of which are
real photographs cut out on transparency. Run from the top of the checkout: python3 scripts/make_samples.py [STAMPS],
where STAMPS is the package's folder of stamps if it was unpacked and not installed.

The lists below were chosen by eye from contact sheets. Photos and drawings are never in the same set: photos are close
to what the backbone was trained on, letters and drawn hands far from it. Left out: stamps for which Tux Paint's
CONTRIBUTORS.txt names terms other than the package's GPL-2 (GFDL: Apricot_whole, Cherry_Stella, Strawberry2, apricot,
helmeted_guineafowl; CC BY-SA: adeenia, anthoorium, appooppanthady, bolsom, chemparathi, pelican, heron_greatblue*), or
a stock photo site as the source (grapes, pineapple, sliced_lime, sliced_orange).
"""

import csv
import io
import json
import shutil
import string
import sys
from pathlib import Path

from PIL import Image

STAMPS = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/tuxpaint/stamps")
SIDE = 256
MARGIN = 12
# The smallest stamps are 50 pixels wide: enlarged further than this they are only blur.
MAX_ENLARGEMENT = 4
JPEG_QUALITY = 85

# Who made them, as far as Tux Paint's CONTRIBUTORS.txt and CHANGES.txt say; the rest is "Tux Paint contributors".
COLLINS = "Bill Kendrick, at the house of Jen and Ed Collins"
COCO_RANCH = "Bill Kendrick, at Coco Ranch Organic Farmers Market"
ZOO = "Bill Kendrick, at San Francisco Zoo"
GOERNER = "Chris Goerner"
OSULLIVAN = "John O'Sullivan"
CHILDSPLAY = "Childsplay, copyright 2002-2005 Stas Zytkiewicz, adapted by Pere Pujal i Carabantes"
# Both added a stamp of that name.
EITHER = f"{OSULLIVAN}, or {CHILDSPLAY}"
FORD = "Caroline Ford (GFDL, CC BY-SA or GPL: used here under the GPL)"
WONG = "George Wong"
KARG = "Steve Karg"
OTHERS = "Tux Paint contributors"
DEJAVU = "Tux Paint contributors, from the font DejaVu Sans"
HANDS = "Caroline Ford, traced from a drawing by Wikipedia's user Ds13 (both in the public domain)"

# One magnification for all letters (the largest just fits), so that a small o is smaller than a capital O.
LETTER_SCALE = 1.5


def letters(case: str, umlauts: list[str]) -> dict[str, str]:
    """Every letter of one case, filled and as an outline."""
    turn = str.upper if case == "uppercase" else str.lower
    names = [("english", turn(letter)) for letter in string.ascii_lowercase]
    names += [("german", name) for name in umlauts]
    names.append(("spanish", turn("n") + "_with_tilda"))
    styles = [("filled", "filled"), ("outlined", "outline")]
    return {f"{language}/{folder}/{case}/{name}_{end}": DEJAVU for language, name in names for folder, end in styles}


CLASSES = {
    "fruit": (
        "Fruit",
        "food/fruit",
        {
            "apple_fuji": COCO_RANCH,
            "apple_granny_smith": COCO_RANCH,
            "apple_green": OTHERS,
            "apple_sierra_beauty": COCO_RANCH,
            "avocado": OTHERS,
            "banana": OTHERS,
            "cherimoya": OTHERS,
            "lemon": GOERNER,
            "mango": COLLINS,
            "orange": OTHERS,
            "orange_seville": OTHERS,
            "pear": COLLINS,
            "pomegranate": COLLINS,
            "raspberry": OTHERS,
            "strawberry": COLLINS,
        },
    ),
    "vegetables": (
        "Vegetables",
        "food/vegetables",
        {
            "broccoli": KARG,
            "carrot": OTHERS,
            "chilepepper": COCO_RANCH,
            "corn": KARG,
            "eggplant": COCO_RANCH,
            "garlic": OTHERS,
            "garlics": COCO_RANCH,
            "lettuce": OTHERS,
            "mushroom": OTHERS,
            "onion": OTHERS,
            "pattypan_squash": COCO_RANCH,
            "pepper": OTHERS,
            "potato": WONG,
            "pumpkin_small": OTHERS,
            "redlettuce": COCO_RANCH,
            "tomato": OTHERS,
            "yam": OTHERS,
            "yellowpepper": COCO_RANCH,
        },
    ),
    "flowers": (
        "Flowers",
        "plants/flowers",
        {
            "anemone_red": OTHERS,
            "daffodil": FORD,
            "flower1": OTHERS,
            "flower2": OTHERS,
            "flower3": OTHERS,
            "flower4": OTHERS,
            "flower5": OTHERS,
            "flower6": OTHERS,
            "flower7": OTHERS,
            "flower8": OTHERS,
            "flower9": OTHERS,
            "flower10": OTHERS,
            "iris": OTHERS,
            "marigold": OTHERS,
            "pigface": GOERNER,
            "red-gazania": OTHERS,
            "rose": OTHERS,
            "whitestar-petunia": OTHERS,
            "yellow-flower": GOERNER,
        },
    ),
    "birds": (
        "Birds",
        "animals/birds",
        {
            "adelaide-rosella": GOERNER,
            "blackbird": CHILDSPLAY,
            "chicken_profile": FORD,
            "crowned_crane": ZOO,
            "duck": CHILDSPLAY,
            "gander": CHILDSPLAY,
            "guineafowl": OSULLIVAN,
            "hen": EITHER,
            "lark": CHILDSPLAY,
            "little-penguin": GOERNER,
            "magellanic_penguin": ZOO,
            "magpie": GOERNER,
            "nandou": CHILDSPLAY,
            "peacock": ZOO,
            "pigeon": CHILDSPLAY,
            "pink_flamingo": ZOO,
            "quetzal": CHILDSPLAY,
            "rainbow-lorikeet": GOERNER,
            "silver-gull": GOERNER,
            "turkey": CHILDSPLAY,
        },
    ),
    "capitals": (
        "Capital letters",
        "symbols/alphabets",
        letters("uppercase", ["A_with_umlaut", "O_with_umlaut", "U_with_umlaut"]),
    ),
    "small-letters": (
        "Small letters",
        "symbols/alphabets",
        letters("lowercase", ["a_with_umlaut", "o_with_umlaut", "u_with_umlaut", "ss_eszett"]),
    ),
    # The finger alphabet and the numbers of American Sign Language.
    "hand-signs": (
        "Hand signs",
        "symbols/alphabets/asl",
        {f"asl_{sign}": HANDS for sign in [*string.ascii_lowercase, *(f"zzz_{digit}" for digit in string.digits)]},
    ),
}

SETS = [
    ("fruit-birds", "Fruit or bird?", ["fruit", "birds"]),
    ("garden", "In the garden", ["fruit", "vegetables", "flowers", "birds"]),
    ("letters", "Letters and hand signs", ["capitals", "small-letters", "hand-signs"]),
]

# Never in a sample set, so that a test can show them to a trained head as new.
KEPT_APART = {
    "fruit_1": ("food/fruit", "mandarine", GOERNER),
    "fruit_2": ("food/fruit", "kiwi", OTHERS),
    "fruit_3": ("food/fruit", "apple_red", OTHERS),
    "bird_1": ("animals/birds", "crow", CHILDSPLAY),
    "bird_2": ("animals/birds", "owl", CHILDSPLAY),
    "bird_3": ("animals/birds", "rooster", EITHER),
}

LICENSE = """\
The photos in this folder are not under Graft's own licence.

They are made from the rubber stamps of Tux Paint, copyright 2002-2022 by Bill Kendrick and various contributors
(tuxpaint.org), taken from Debian's package tuxpaint-stamps-default 2022.06.04-1. SOURCES.csv names the stamp behind
each photo and who made it, as far as Tux Paint's CONTRIBUTORS.txt and CHANGES.txt tell.

Changes: each stamp was cropped, resized, put on white and saved as a JPEG file by scripts/make_samples.py in Graft's
source; the stamps themselves (their preferred form for changes) are in the Debian package named above.

{gpl}
"""

GPL_NOTICE = """\
This package is free software; you can redistribute it and/or modify it under the terms of the GNU General Public
License as published by the Free Software Foundation; either version 2 of the License, or (at your option) any later
version.

This package is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied
warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.

The text of the licence follows.

"""
GPL_TEXT = Path("/usr/share/common-licenses/GPL-2")


def photo(stamp: Path, scale: float | None = None) -> bytes:
    """The stamp in the middle of a white square, as JPEG; without a scale it fills the square."""
    cut_out = Image.open(stamp).convert("RGBA")
    cut_out = cut_out.crop(cut_out.getchannel("A").getbbox())
    scale = scale or min((SIDE - 2 * MARGIN) / max(cut_out.size), MAX_ENLARGEMENT)
    size = [max(1, round(length * scale)) for length in cut_out.size]
    cut_out = cut_out.resize(size, Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (SIDE, SIDE), "white")
    canvas.paste(cut_out, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2), cut_out)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def write_sources(path: Path, rows: list[tuple[str, str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "tuxpaint_stamp", "by", "licence"])
        table.writerows((*row, "GPL-2.0-or-later") for row in rows)


def file_of(class_id: str, stamp: str) -> str:
    return f"photos/{class_id}/{Path(stamp).name}.jpg"


def make_samples(out: Path) -> int:
    shutil.rmtree(out, ignore_errors=True)
    rows, total = [], 0
    for class_id, (_, folder, stamps) in CLASSES.items():
        (out / "photos" / class_id).mkdir(parents=True)
        for stamp, credit in sorted(stamps.items()):
            jpeg = photo(STAMPS / folder / f"{stamp}.png", LETTER_SCALE if credit == DEJAVU else None)
            name = file_of(class_id, stamp)
            (out / name).write_bytes(jpeg)
            rows.append((name, f"{folder}/{stamp}.png", credit))
            total += len(jpeg)
    write_sources(out / "SOURCES.csv", rows)
    (out / "LICENSE.txt").write_text(
        LICENSE.format(gpl=GPL_NOTICE + GPL_TEXT.read_text(encoding="utf-8")), encoding="utf-8"
    )

    def entry(class_id: str) -> dict:
        name, _, stamps = CLASSES[class_id]
        files = [f"samples/{file_of(class_id, stamp)}" for stamp in sorted(stamps)]
        return {"name": name, "files": files}

    sets = [
        {"id": set_id, "title": title, "classes": [entry(class_id) for class_id in class_ids]}
        for set_id, title, class_ids in SETS
    ]
    (out / "index.json").write_text(json.dumps({"sets": sets}, indent=1) + "\n", encoding="utf-8")
    return total


def make_test_photos(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rows = []
    for name, (folder, stamp, credit) in KEPT_APART.items():
        (out / f"{name}.jpg").write_bytes(photo(STAMPS / folder / f"{stamp}.png"))
        rows.append((f"{name}.jpg", f"{folder}/{stamp}.png", credit))
    write_sources(out / "SOURCES.csv", rows)


def main() -> None:
    if not STAMPS.is_dir():
        sys.exit("make_samples: install Debian's package tuxpaint-stamps-default first")
    top = Path(__file__).resolve().parent.parent
    total = make_samples(top / "public" / "samples")
    make_test_photos(top / "tests" / "photos")
    print(f"{sum(len(stamps) for _, _, stamps in CLASSES.values())} sample photos, {total} bytes")


if __name__ == "__main__":
    main()
