#!/usr/bin/env python3
"""Makes tests/fixtures/photos/: small photos of every ordinary and of many a rare kind, and what Pillow makes of them.

For each `NAME.EXTENSION` there, `seen/NAME.EXTENSION.png` is the same picture as Pillow decodes it: upright, what is
transparent on white, RGB. The pictures of tests/cases/photos that open have theirs there, too. In `browser/` lies what only a browser decodes.

Needs numpy and Pillow 11.3. Run from the top of the checkout: python3 scripts/make_photos.py
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from make_cases import APART, LUMA_FIRST, adobe, chunk, inks, jpeg, luma_chroma, picture
from make_cases import SCENE as LARGER_SCENE

TOP = Path(__file__).resolve().parent.parent
OUT = TOP / "tests" / "fixtures" / "photos"
CASES = TOP / "tests" / "cases" / "photos"

# Neither side is a whole number of blocks, and it looks different from each side.
SCENE = np.hstack([picture(0, 4, 40, 45), picture(1, 9, 21, 45)])
SIZE = SCENE.shape[1], SCENE.shape[0]
# From clear on the left to opaque on the right, and a corner without anything.
OPACITY = np.tile(np.linspace(0, 255, SIZE[0]).astype(np.uint8), (SIZE[1], 1))
OPACITY[:9, -9:] = 0

FILES = {}  # name -> bytes


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# --- JPEG ---

RGB = Image.fromarray(SCENE)
YCC = luma_chroma(SCENE)

for number, sampling in enumerate(["444", "422", "420"]):
    for progressive in [False, True]:
        for restarts in [0, 3]:
            name = f"{sampling}{'-progressive' * progressive}{'-restarts' * (restarts > 0)}.jpg"
            options = {"restart_marker_blocks": restarts} if restarts else {}
            FILES[name] = saved(RGB, "JPEG", quality=88, subsampling=number, progressive=progressive, **options)
for progressive in [False, True]:
    ending = "-progressive" * progressive + ".jpg"
    FILES["grey" + ending] = saved(RGB.convert("L"), "JPEG", quality=88, progressive=progressive)
    FILES["cmyk" + ending] = saved(RGB.convert("CMYK"), "JPEG", quality=88, progressive=progressive)

CHROMA = [(1, 1), (1, 1)]
for name, luma in {"440": (1, 2), "441": (1, 4), "411": (4, 1), "410": (4, 2), "420-luma-first": (2, 2)}.items():
    FILES[name + ".jpg"] = jpeg(YCC, [luma, *CHROMA], LUMA_FIRST if "first" in name else None)
for name, luma in {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1)}.items():
    FILES[f"scans-apart-{name}.jpg"] = jpeg(YCC, [luma, *CHROMA], APART)
# Chroma has more samples than luma, and each its own.
FILES["chroma-422.jpg"] = jpeg(YCC, [(1, 1), (2, 1), (2, 1)])
FILES["uneven.jpg"] = jpeg(YCC, [(2, 2), (2, 1), (1, 2)])
FILES["grey-2x2.jpg"] = jpeg(YCC[:1], [(2, 2)])
FILES["rgb-adobe.jpg"] = jpeg(list(np.moveaxis(SCENE.astype(float), -1, 0)), [(1, 1)] * 3, before=adobe(0))
INKS = inks(SCENE)
YCCK = [*luma_chroma(255 - INKS[..., :3]), INKS[..., 3]]
FILES["ycck-420.jpg"] = jpeg(YCCK, [(2, 2), *CHROMA, (2, 2)], before=adobe(2))
FILES["ycck-420-apart.jpg"] = jpeg(YCCK, [(2, 2), *CHROMA, (2, 2)], [[0], [1], [2], [3]], before=adobe(2))

for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    FILES[f"exif-{orientation}.jpg"] = saved(RGB, "JPEG", quality=88, exif=exif)
TURNED = Image.Exif()
TURNED[0x0112] = 6

# --- PNG ---

RGBA = np.dstack([SCENE, OPACITY])
GREY, RGB_TYPE, GREY_ALPHA, RGBA_TYPE = 0, 2, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples: np.ndarray, colour: int, bits: int, interlaced=False, before=b"") -> bytes:
    """`samples` are [height, width] or [height, width, channels], numbers of `bits` bits."""
    height, width = samples.shape[:2]

    def rows(part: np.ndarray) -> bytes:
        lines = part.reshape(len(part), -1)
        if bits == 16:
            lines = lines.astype(">u2").view(np.uint8)
        elif bits < 8:
            singles = np.unpackbits(lines.astype(np.uint8)[..., None], -1)[..., -bits:]
            lines = np.packbits(singles.reshape(len(part), -1), -1)
        return b"".join(b"\0" + line.tobytes() for line in lines.astype(np.uint8))

    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    parts = [samples[y::down, x::across] for x, y, across, down in passes]
    data = b"".join(rows(part) for part in parts if part.size)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced)))
    body = chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + head + before + body + chunk(b"IEND", b"")


LIGHT = np.asarray(RGB.convert("L"))
PALETTE = RGB.quantize(16)
CLEAR = [0, 90, 180] + [255] * 13
for mode in ["1", "L", "RGB"]:
    FILES[f"mode-{mode.lower()}.png"] = saved(RGB.convert(mode), "PNG")
FILES["grey-alpha.png"] = png(np.dstack([LIGHT, OPACITY]), GREY_ALPHA, 8)
FILES["rgba.png"] = png(RGBA, RGBA_TYPE, 8)
for bits in [2, 4, 8]:
    FILES[f"palette-{bits}.png"] = saved(RGB.quantize(2**bits), "PNG", bits=bits)
FILES["palette-clear.png"] = saved(PALETTE, "PNG", bits=4, transparency=bytes(CLEAR))
FILES["grey-4.png"] = png(LIGHT >> 4, GREY, 4)
FILES["rgb-16.png"] = png(SCENE.astype(int) * 257, RGB_TYPE, 16)
FILES["rgba-16.png"] = png(RGBA.astype(int) * 257, RGBA_TYPE, 16)
FILES["interlaced-1.png"] = png(LIGHT >> 7, GREY, 1, interlaced=True)
FILES["interlaced-rgb.png"] = png(SCENE, RGB_TYPE, 8, interlaced=True)
FILES["interlaced-rgba-16.png"] = png(RGBA.astype(int) * 257, RGBA_TYPE, 16, interlaced=True)
KEY = SCENE[0, 0].astype(int)
FILES["rgb-key.png"] = png(SCENE, RGB_TYPE, 8, before=chunk(b"tRNS", struct.pack(">3H", *KEY)))
FILES["exif-6.png"] = saved(RGB, "PNG", exif=TURNED)

# --- The others ---

FILES["lossy.webp"] = saved(RGB, "WEBP", quality=88)
FILES["lossless.webp"] = saved(RGB, "WEBP", lossless=True)
FILES["lossy-clear.webp"] = saved(Image.fromarray(RGBA), "WEBP", quality=88)
FILES["exif-6.webp"] = saved(RGB, "WEBP", lossless=True, exif=TURNED)
FILES["palette.gif"] = saved(PALETTE, "GIF")
FILES["palette-clear.gif"] = saved(PALETTE, "GIF", transparency=3)
for mode in ["RGB", "P", "L", "1"]:
    FILES[f"mode-{mode.lower()}.bmp"] = saved(PALETTE if mode == "P" else RGB.convert(mode), "BMP")


def seen(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        return image.convert("RGB")


def main() -> None:
    (OUT / "seen").mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (OUT / name).write_bytes(data)
    opened = ["control-420", "control-440", "progressive", "cmyk-adobe", "ycck-adobe"]
    cases = {f"{name}.jpg": (CASES / f"{name}.jpg").read_bytes() for name in opened}
    for name, data in (FILES | cases).items():
        seen(data).save(OUT / "seen" / f"{name}.png", optimize=True)
    # The scene of tests/cases/photos/control-420.jpg.
    (OUT / "browser").mkdir(exist_ok=True)
    scene = Image.fromarray(LARGER_SCENE)
    (OUT / "browser" / "scene.avif").write_bytes(saved(scene, "AVIF", quality=80, max_threads=1))
    print(f"{len(FILES)} files")


if __name__ == "__main__":
    main()
