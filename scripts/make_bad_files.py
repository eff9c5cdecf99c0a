#!/usr/bin/env python3
"""Makes tests/bad/: files that are wrong in one way, and files that are right but rare.

Needs Pillow and the sample photos (scripts/make_samples.py). Run from the top of the checkout:
python3 scripts/make_bad_files.py
"""

import struct
import zlib
from pathlib import Path

from PIL import Image, ImageOps

TOP = Path(__file__).resolve().parent.parent
OUT = TOP / "tests" / "bad"
RED, GREEN, BLUE = (220, 40, 40), (40, 170, 60), (40, 60, 200)


def sample(name: str, side: int = 128) -> Image.Image:
    photo = Image.open(TOP / "public" / "samples" / "photos" / f"{name}.jpg")
    return photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG file written by hand, for what Pillow cannot write. `rows` includes each row's filter byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def broken() -> None:
    (OUT / "not-an-image.jpg").write_text("This is a text file with the name of a photo.\n")
    (OUT / "empty.jpg").write_bytes(b"")
    sample("birds/duck", 256).save(OUT / "truncated.jpg", quality=85)
    whole = (OUT / "truncated.jpg").read_bytes()
    (OUT / "truncated.jpg").write_bytes(whole[: len(whole) * 2 // 5])
    # A sound header that asks for 7.5 GB of memory, with one row of the 50,000 behind it.
    (OUT / "bomb.png").write_bytes(png(50_000, 50_000, 8, 2, bytes(1 + 3 * 50_000)))


def rare() -> None:
    sample("fruit/pomegranate").convert("CMYK").save(OUT / "cmyk.jpg", quality=85)
    sample("birds/pigeon").convert("L").save(OUT / "grey.png", optimize=True)
    sample("fruit/lemon").quantize(32).save(OUT / "palette.png", optimize=True)
    sample("flowers/iris").save(OUT / "photo.webp", quality=80)
    sample("vegetables/carrot", 96).save(OUT / "photo.bmp")

    # 16 bits a channel: the 8-bit value in both bytes (v * 257) is exactly the same colour.
    photo = sample("flowers/rose", 96)
    width, height = photo.size
    deep = bytes(byte for byte in photo.tobytes() for _ in range(2))
    stride = width * 3 * 2
    rows = b"".join(b"\0" + deep[y * stride : (y + 1) * stride] for y in range(height))
    (OUT / "sixteen-bit.png").write_bytes(png(width, height, 16, 2, rows))

    # Three frames, red first.
    first, *rest = (Image.new("RGB", (64, 64), colour) for colour in (RED, GREEN, BLUE))
    first.save(OUT / "animated.gif", save_all=True, append_images=rest, duration=200, loop=0)


def rotated() -> None:
    """Upright it is 64 wide, 96 high, red above blue; stored it lies on its side and EXIF says orientation 6."""
    upright = Image.new("RGB", (64, 96), BLUE)
    upright.paste(RED, (0, 0, 64, 48))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to view
    upright.transpose(Image.Transpose.ROTATE_90).save(OUT / "exif-rotated.jpg", quality=90, exif=exif)
    with Image.open(OUT / "exif-rotated.jpg") as stored:
        seen = ImageOps.exif_transpose(stored)
    red, _, blue = seen.getpixel((32, 8))
    assert stored.size == (96, 64) and seen.size == (64, 96) and red > blue


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    broken()
    rare()
    rotated()
    for path in sorted(OUT.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
