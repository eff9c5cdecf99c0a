#!/usr/bin/env python3
"""Writes the cases that tests/cases/README.md lists: photos, zips and head files that are rare, wrong or hostile.

    python3 scripts/make_cases.py FOLDER                      all up to 300 kB: some seconds
    python3 scripts/make_cases.py FOLDER --large              the others too: a minute, 6 GB of memory
    python3 scripts/make_cases.py FOLDER --large --only wide  those with this in their path

Needs Python 3.9, numpy and Pillow 11.3. Every picture is drawn here; the same versions give the same bytes.
"""

import argparse
import bz2
import hashlib
import io
import itertools
import json
import lzma
import struct
import unicodedata
import zlib
from collections import Counter, namedtuple
from pathlib import Path

import numpy as np
from PIL import Image

CASES = {}  # path -> what makes its bytes
LARGE = {}  # the same for --large
MB = 1 << 20


def picture(kind: int, number: int, width: int = 96, height: int = 96) -> np.ndarray:
    """A disc, stripes, squares or a ring; place and colours follow from `number`. [height, width, 3], 0 to 255."""
    random = np.random.RandomState(1000 * kind + number)  # its numbers stay the same in every numpy
    y, x = np.mgrid[:height, :width] / min(width, height)
    x, y = x - random.uniform(0.4, 0.6) * x.max(), y - random.uniform(0.4, 0.6) * y.max()
    radius, turned = np.hypot(x, y), x + random.uniform(-1, 1) * y
    shape = [radius < 0.3, np.sin(25 * turned) > 0, np.sin(14 * x) * np.sin(14 * y) > 0, abs(radius - 0.3) < 0.08][kind]
    front, back = random.randint(20, 236, (2, 3))
    light = 0.8 + 0.2 * (y - y.min()) / np.ptp(y)
    return (np.where(shape[..., None], front, back) * light[..., None]).astype(np.uint8)


def pillow_jpeg(pixels: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80, **options)
    return file.getvalue()


# --- JPEG (ITU-T T.81), for what Pillow cannot write ---

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
STEPS = np.add.outer(range(8), range(8)) * 3 + 3  # of quantisation
COSINES = np.cos(np.outer(range(8), np.arange(1, 16, 2)) * np.pi / 16) / 2
COSINES[0] /= np.sqrt(2)

# `blocks` is [row, column, coefficient in zigzag order], padded to whole MCUs; `rows` and `columns` say how many have samples.
Component = namedtuple("Component", "id h v rows columns blocks")


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def adobe(transform: int) -> bytes:
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


JFIF = segment(0xE0, b"JFIF\0" + bytes([1, 1, 0, 0, 1, 0, 1, 0, 0]))
BASELINE, EXTENDED, LOSSLESS, ARITHMETIC = 0xC0, 0xC1, 0xC3, 0xC9  # markers of a frame
END = b"\xff\xd9"


def components(planes: list, sampling: list, bits: int = 8) -> list:
    across, down = (max(factors) for factors in zip(*sampling))
    made = []
    for number, (plane, (h, v)) in enumerate(zip(planes, sampling), 1):
        step_y, step_x = down // v, across // h
        rows, columns = plane.shape
        padded = np.pad(plane, ((0, -rows % (8 * down)), (0, -columns % (8 * across))), "edge")
        fewer = padded.reshape(len(padded) // step_y, step_y, -1, step_x).mean((1, 3)) - 2 ** (bits - 1)
        blocks = fewer.reshape(len(fewer) // 8, 8, -1, 8).swapaxes(1, 2)
        levels = np.rint(COSINES @ blocks @ COSINES.T / STEPS).astype(int)
        levels = levels.reshape(*levels.shape[:2], 64)[..., ZIGZAG]
        made.append(Component(number, h, v, -(-rows // (8 * step_y)), -(-columns // (8 * step_x)), levels))
    return made


def in_order(scan: list):
    """The blocks of a scan as they are coded, each with its component."""
    if len(scan) == 1:
        alone = scan[0]  # without the blocks that only fill an MCU: A.2.2
        for block in alone.blocks[: alone.rows, : alone.columns].reshape(-1, 64):
            yield alone, block.tolist()
        return
    mcus = [range(n // of) for n, of in zip(scan[0].blocks.shape, (scan[0].v, scan[0].h))]
    for row, column in itertools.product(*mcus):
        for part in scan:
            for y, x in itertools.product(range(part.v), range(part.h)):
                yield part, part.blocks[row * part.v + y, column * part.h + x].tolist()


def last_of(block: list) -> int:
    return max((k for k in range(64) if block[k]), default=0)


def sized(value: int) -> tuple:
    """The size of a value and the bits that tell it from others of this size: F.1.2.1."""
    size = abs(value).bit_length()
    return size, value if value > 0 else value + (1 << size) - 1


DC, AC = 0x00, 0x10  # table classes


def symbols(scan: list):
    """What Huffman coding writes of a scan: table, symbol, how many bits follow, and these."""
    before = Counter()
    for part, block in in_order(scan):
        size, rest = sized(block[0] - before[part.id])
        before[part.id] = block[0]
        yield DC, size, size, rest
        run, last = 0, last_of(block)
        for value in block[1 : last + 1]:
            if value == 0:
                run += 1
                continue
            for _ in range(run // 16):
                yield AC, 0xF0, 0, 0
            size, rest = sized(value)
            yield AC, run % 16 << 4 | size, size, rest
            run = 0
        if last < 63:
            yield AC, 0, 0, 0


def huffman_tables(coded: list) -> tuple:
    """Tables in which all codes are of one length, as segments, and (table, symbol) -> code as binary digits."""
    segments, codes = b"", {}
    for table in sorted({entry[0] for entry in coded}):
        used = sorted({symbol for of, symbol, *_ in coded if of == table})
        length = len(used).bit_length()  # leaves the code of ones alone free, as it must be
        counts = [len(used) if n == length else 0 for n in range(1, 17)]
        segments += segment(0xC4, bytes([table, *counts, *used]))
        codes |= {(table, symbol): f"{code:0{length}b}" for code, symbol in enumerate(used)}
    return segments, codes


def stuffed(data: bytes) -> bytes:
    return data.replace(b"\xff", b"\xff\0")


def huffman_data(coded: list, codes: dict) -> bytes:
    digits = "".join(codes[table, symbol] + (f"{rest:0{n}b}" if n else "") for table, symbol, n, rest in coded)
    digits += "1" * (-len(digits) % 8)
    return stuffed(int(digits, 2).to_bytes(len(digits) // 8, "big"))


# Table D.3 of the arithmetic coder: width of the less likely answer, the next state after it and after the other one.
STATES = """5a1d 1 1  2586 14 2  1114 16 3  080b 18 4  03d8 20 5  01da 23 6  00e5 25 7  006f 28 8  0036 30 9  001a 33 10
000d 35 11  0006 9 12  0003 10 13  0001 12 13  5a7f 15 15  3f25 36 16  2cf2 38 17  207c 39 18  17b9 40 19  1182 42 20
0cef 43 21  09a1 45 22  072f 46 23  055c 48 24  0406 49 25  0303 51 26  0240 52 27  01b1 54 28  0144 56 29  00f5 57 30
00b7 59 31  008a 60 32  0068 62 33  004e 63 34  003b 32 35  002c 33 9  5ae1 37 37  484c 64 38  3a0d 65 39  2ef1 67 40
261f 68 41  1f33 69 42  19a8 70 43  1518 72 44  1177 73 45  0e74 74 46  0bfb 75 47  09f8 77 48  0861 78 49  0706 79 50
05cd 48 51  04de 50 52  040f 50 53  0363 51 54  02d4 52 55  025c 53 56  01f8 54 57  01a4 55 58  0160 56 59  0125 57 60
00f6 58 61  00cb 59 62  00ab 61 63  008f 61 32  5b12 65 65  4d04 80 66  412c 81 67  37d8 82 68  2fe8 83 69  293c 84 70
2379 86 71  1edf 87 72  1aa9 87 73  174e 72 74  1424 72 75  119c 74 76  0f6b 74 77  0d51 75 78  0bb6 77 79  0a40 77 48
5832 80 81  4d1c 88 82  438e 89 83  3bdd 90 84  34ee 91 85  2eae 92 86  299a 93 87  2516 86 71  5570 88 89  4ca9 95 90
44d9 96 91  3e22 97 92  3824 99 93  32b4 99 94  2e17 93 86  56a8 95 96  4f46 101 97  47e5 102 98  41cf 103 99
3c3d 104 100  375e 99 93  5231 105 102  4c0f 106 103  4639 107 104  415e 103 99  5627 105 106  50e7 108 107
4b85 109 103  5597 110 109  504f 111 107  5a10 110 111  5522 112 109  59eb 112 111""".split()
STATES = [(int(q, 16), int(less), int(more)) for q, less, more in zip(*[iter(STATES)] * 3)]
SWITCHES = {0, 14, 36, 64, 80, 88, 95, 105, 110, 112}  # states in which the less likely answer becomes the likely one


class ArithmeticCoder:
    """Annex D, with one long integer where an encoder with a register has to care for carries."""

    def __init__(self):
        self.low, self.width, self.shifts = 0, 0x10000, 0
        self.states = {}

    def code(self, answer: bool, context=None):
        """Without a context both answers are as likely."""
        state, likely = self.states.get(context, (0, False))
        narrow, after_less, after_more = STATES[state]
        self.width -= narrow
        less = answer != likely
        if less != (self.width < narrow):
            self.low, self.width = self.low + self.width, narrow
        if self.width >= 0x8000:
            return
        if context is not None:
            switched = likely != (less and state in SWITCHES)
            self.states[context] = (after_less if less else after_more, switched)
        shift = 16 - self.width.bit_length()
        self.low, self.width, self.shifts = self.low << shift, self.width << shift, self.shifts + shift

    def magnitude(self, size: int, first: int, table: int, further: int):
        """F.1.4.3: how large a size is, and its bits below the highest. AC has one more question of its own."""
        self.code(size > 0, (table, first))
        if size == 0:
            return
        steps = size.bit_length() - 1
        if table == AC:
            self.code(steps > 0, (table, first))
            if steps == 0:
                return
        at = further if table == DC else further - 1
        for step in range(table == AC, steps):
            self.code(True, (table, at + step))
        self.code(False, (table, at + steps))
        for bit in reversed(range(steps)):
            self.code(bool(size >> bit & 1), (table, at + steps + 14))

    def data(self) -> bytes:
        end = (self.low + self.width - 1) & ~0xFFFF
        end += 0x8000 if end < self.low else 0
        bits = 16 + self.shifts
        end <<= -bits % 8
        return stuffed(end.to_bytes(-(-bits // 8), "big").rstrip(b"\0"))


def arithmetic_data(scan: list) -> bytes:
    coder, before, condition = ArithmeticCoder(), Counter(), Counter()
    for part, block in in_order(scan):
        difference, at = block[0] - before[part.id], condition[part.id]
        before[part.id], condition[part.id] = block[0], 0
        coder.code(difference != 0, (DC, at))
        if difference:
            negative, size = difference < 0, abs(difference) - 1
            coder.code(negative, (DC, at + 1))
            coder.magnitude(size, at + 2 + negative, DC, 20)
            condition[part.id] = 4 + 4 * negative + 8 * (size > 1)
        last, k = last_of(block), 1
        while k <= last:
            coder.code(False, (AC, 3 * k - 3))  # not the end of the block
            while block[k] == 0:
                coder.code(False, (AC, 3 * k - 2))
                k += 1
            coder.code(True, (AC, 3 * k - 2))
            coder.code(block[k] < 0)
            coder.magnitude(abs(block[k]) - 1, 3 * k - 1, AC, 189 if k <= 5 else 217)
            k += 1
        if last < 63:
            coder.code(True, (AC, 3 * last))
    return coder.data()


def jpeg(planes: list, sampling: list, scans=None, frame=BASELINE, bits=8, before=JFIF) -> bytes:
    """`scans` lists the components of each scan, from 0; one scan of all where it is missing."""
    parts = components(planes, sampling, bits)
    scans = [[parts[i] for i in scan] for scan in scans or [range(len(parts))]]
    quantisation = segment(0xDB, bytes([0, *STEPS.ravel()[ZIGZAG].tolist()]))
    head = struct.pack(">BHHB", bits, *planes[0].shape, len(parts))
    head += b"".join(bytes([part.id, part.h << 4 | part.v, 0]) for part in parts)
    coded = [list(symbols(scan)) for scan in scans] if frame != ARITHMETIC else []
    tables, codes = huffman_tables(sum(coded, []))
    file = b"\xff\xd8" + before + quantisation + segment(frame, head) + tables
    for number, scan in enumerate(scans):
        members = b"".join(bytes([part.id, 0]) for part in scan)
        file += segment(0xDA, bytes([len(scan)]) + members + bytes([0, 63, 0]))
        file += arithmetic_data(scan) if frame == ARITHMETIC else huffman_data(coded[number], codes)
    return file + END


def lossless_jpeg(samples: np.ndarray) -> bytes:
    """16 bits a sample, each predicted by its left neighbour: annex H."""
    rows, columns = samples.shape
    predicted = np.full_like(samples, 1 << 15)
    predicted[1:, 0] = samples[:-1, 0]
    predicted[:, 1:] = samples[:, :-1]
    differences = (samples - predicted + (1 << 15)) % (1 << 16) - (1 << 15)
    coded = [(DC, size, size, rest) for size, rest in map(sized, differences.ravel().tolist())]
    tables, codes = huffman_tables(coded)
    head = segment(LOSSLESS, struct.pack(">BHHB", 16, rows, columns, 1) + bytes([1, 0x11, 0]))
    return b"\xff\xd8" + head + tables + segment(0xDA, bytes([1, 1, 0, 1, 0, 0])) + huffman_data(coded, codes) + END


def luma_chroma(rgb: np.ndarray) -> list:
    """JFIF's Y, Cb and Cr."""
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return [y, 128 + (b - y) * 0.5 / 0.886, 128 + (r - y) * 0.5 / 0.701]


def inks(rgb: np.ndarray) -> np.ndarray:
    """CMYK as Adobe stores it: 255 is no ink. [height, width, 4]"""
    light = rgb.max(-1, keepdims=True).astype(float)
    return np.concatenate([255.0 * rgb / np.maximum(light, 1), light], -1)


# Neither side is a whole number of MCUs, and it looks different from each side.
SCENE = np.hstack([picture(0, 4, 120, 149), picture(1, 9, 83, 149)])
YCC = luma_chroma(SCENE)
S444, S420, S440 = [(1, 1)] * 3, [(2, 2), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)]
APART, LUMA_FIRST = [[0], [1], [2]], [[0], [1, 2]]
CONTROL = jpeg(YCC, S420)
INKS = inks(SCENE)
YCCK = [*luma_chroma(255 - INKS[..., :3]), INKS[..., 3]]

CASES |= {
    "photos/control-420.jpg": lambda: CONTROL,
    "photos/control-440.jpg": lambda: jpeg(YCC, S440),
    "photos/scans-apart-420.jpg": lambda: jpeg(YCC, S420, APART),
    "photos/scans-apart-440.jpg": lambda: jpeg(YCC, S440, APART),
    "photos/scans-luma-first-420.jpg": lambda: jpeg(YCC, S420, LUMA_FIRST),
    "photos/no-end-marker.jpg": lambda: CONTROL[:-2],
    "photos/cut-off.jpg": lambda: CONTROL[: len(CONTROL) * 9 // 10],
    "photos/adobe-too-short.jpg": lambda: jpeg(YCC, S420, before=JFIF + segment(0xEE, b"Adobe\0\x64")),
    "photos/arithmetic.jpg": lambda: jpeg(YCC, S420, frame=ARITHMETIC),
    "photos/twelve-bit.jpg": lambda: jpeg([16 * plane for plane in YCC], S420, frame=EXTENDED, bits=12),
    "photos/lossless.jpg": lambda: lossless_jpeg(np.rint(YCC[0]).astype(int) * 257),
    "photos/junk-before-start.jpg": lambda: b"\r\n\r\nsaved by a script that also wrote this line\r\n" + CONTROL,
    "photos/junk-between-segments.jpg": lambda: jpeg(YCC, S420, before=JFIF + b"\0\x10between\x20"),
    "photos/progressive.jpg": lambda: pillow_jpeg(SCENE, progressive=True),
    "photos/progressive-restarts.jpg": lambda: pillow_jpeg(SCENE, progressive=True, restart_marker_blocks=5),
    "photos/cmyk-adobe.jpg": lambda: jpeg(list(np.moveaxis(INKS, -1, 0)), S444 + [(1, 1)], before=adobe(0)),
    "photos/ycck-adobe.jpg": lambda: jpeg(YCCK, S420 + [(2, 2)], before=adobe(2)),
}


def flooded(size: int) -> bytes:
    """A JPEG of `size` bytes with a restart after each MCU, and then with nothing but restart markers."""
    grey = jpeg([np.full((8, 8), 90)], [(1, 1)], before=JFIF + segment(0xDD, struct.pack(">H", 1)))
    at = grey.index(b"\xff\xc0") + 5
    file = grey[:at] + struct.pack(">HH", 1800, 2400) + grey[at + 4 : -2]
    restarts = bytes(itertools.chain.from_iterable((0xFF, 0xD0 + n) for n in range(8)))
    return file + restarts * ((size - len(file)) // len(restarts)) + END


# --- PNG, by hand for what Pillow refuses ---

GREY, RGBA = 0, 6  # colour types


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deflated(parts, **options) -> bytes:
    packer = zlib.compressobj(9, **options)
    return b"".join([*map(packer.compress, parts), packer.flush()])


def png(width: int, height: int, rows, bits=8, colour=GREY, before=b"") -> bytes:
    """Each row begins with the number of its filter."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", deflated(rows)) + chunk(b"IEND", b"")


def long_png(width: int, height: int, noise: int) -> bytes:
    """Grey; with `noise` bytes of it, because a small file may be kept as it is."""
    random, half = np.random.RandomState(7), width // 2
    rows = (b"\0" + random.bytes(half if y * half < noise else 0).ljust(width, b"\xb4") for y in range(height))
    return png(width, height, rows)


def zeros(size: int):
    return itertools.repeat(bytes(MB), size // MB)


def profile(size: int) -> bytes:
    """The head of an ICC profile, and zeros."""
    head = struct.pack(">I4xI12s12x4s", size, 4 << 24, b"mntrGRAYXYZ ", b"acsp").ljust(128, b"\0")
    return chunk(b"iCCP", b"grey\0\0" + deflated([head, *zeros(size)]))


def texts(size: int) -> bytes:
    """Half of it in each kind of packed text."""
    packed = deflated(itertools.repeat(b"graft   " * (MB // 8), size // MB // 2))
    return chunk(b"zTXt", b"Comment\0\0" + packed) + chunk(b"iTXt", b"Comment\0\1\0en\0\0" + packed)


def with_chunks(chunks: bytes) -> bytes:
    grey = picture(1, 2)[..., 1]
    return png(96, 96, (b"\0" + row.tobytes() for row in grey), before=chunks)


def one_colour_16_bit(width: int, height: int) -> bytes:
    row = b"\0" + struct.pack(">4H", 0x9999, 0x5555, 0x1111, 0xFFFF) * width
    return png(width, height, itertools.repeat(row, height), 16, RGBA)


def one_colour_avif(side: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (150, 90, 40)).save(file, "AVIF", quality=30, speed=10, max_threads=1)
    return file.getvalue()


CASES |= {
    "photos/wide-66000x40.png": lambda: long_png(66_000, 40, 264_000),
    "photos/tall-40x66000.png": lambda: long_png(40, 66_000, 264_000),
    "photos/profile-64mb.png": lambda: with_chunks(profile(64 * MB)),
    "photos/texts-64mb.png": lambda: with_chunks(texts(64 * MB)),
    "photos/rgba16-24mp.png": lambda: one_colour_16_bit(6000, 4000),
    "photos/header-65536x65536.png": lambda: png(65_536, 65_536, [b"\0" + bytes(65_536)]),
}
LARGE |= {
    "photos/wide-70000x512.png": lambda: long_png(70_000, 512, 700_000),
    "photos/tall-520x70000.png": lambda: long_png(520, 70_000, 700_000),
    "photos/profile-500mb.png": lambda: with_chunks(profile(500 * MB)),
    "photos/rgba16-110mp.png": lambda: one_colour_16_bit(12_200, 9000),
    # A small file, but it takes 5.5 GB of memory to make.
    "photos/one-colour-16384x16384.avif": lambda: one_colour_avif(16_384),
}


# --- What is no photo that a browser shows ---


def dng() -> bytes:
    """A TIFF with the tag that makes it a DNG, and a preview of 16 x 16."""
    pixels, model = picture(3, 1, 16, 16).tobytes(), b"Made-up camera\0"
    short, long, text, byte = 3, 4, 2, 1
    tags = [(254, long, 1, 1), (256, long, 1, 16), (257, long, 1, 16), (258, short, 1, 8), (259, short, 1, 1)]
    tags += [(262, short, 1, 2), (273, long, 1, None), (277, short, 1, 3), (278, long, 1, 16)]
    tags += [(279, long, 1, len(pixels)), (50706, byte, 4, 0x0401), (50708, text, len(model), None)]
    end = 8 + 2 + 12 * len(tags) + 4
    places = {273: end, 50708: end + len(pixels)}
    entries = b"".join(struct.pack("<HHII", tag, kind, n, places.get(tag, value)) for tag, kind, n, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + pixels + model


def cr3() -> bytes:
    """The first box of a Canon RAW file, a box like those of HEIC, and an empty one for the data."""
    return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"crx ", 1, b"crx ", b"isom") + struct.pack(">I4s", 8, b"mdat")


SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="120" height="90">
  <script>self.ran = true</script>
  <image xlink:href="https://elsewhere.invalid/pixel.png" width="1" height="1"/>
  <rect width="120" height="90" fill="#9cf"/><circle cx="60" cy="45" r="30" fill="#c30" onload="self.ran = true"/>
</svg>
"""

CASES |= {
    "photos/drawing.svg": SVG.encode,
    "photos/raw.dng": dng,
    "photos/raw.cr3": cr3,
    "photos/text.jpg": lambda: "Shopping: jars, foil, a ream of paper – and glue.\n".encode() * 9,
}


# --- Zips, by hand: names are bytes, and packing is whatever it says ---

STORE, DEFLATE, DEFLATE64, BZIP2, LZMA, AES = 0, 8, 9, 12, 14, 99
ENCRYPTED, UTF8 = 0x0001, 0x0800  # flags
DOS, UNIX = 0, 3  # systems that made it
NEW_YEAR = (2024 - 1980) << 25 | 1 << 21 | 1 << 16


def packed(data: bytes, method: int) -> bytes:
    if method == DEFLATE:
        return deflated([data], wbits=-15)
    if method == DEFLATE64:  # without repeats the two are the same
        return deflated([data], wbits=-15, strategy=zlib.Z_HUFFMAN_ONLY)
    if method == BZIP2:
        return bz2.compress(data)
    if method == LZMA:
        lc, lp, pb, size = 3, 0, 2, 1 << 20
        how = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": size}
        head = struct.pack("<BBHBI", 9, 4, 5, lc + 9 * (lp + 5 * pb), size)
        return head + lzma.compress(data, lzma.FORMAT_RAW, filters=[how])
    return data


def encrypted(data: bytes, crc: int, password: bytes) -> bytes:
    """Traditional encryption (APPNOTE 6.1), with zeros where it wants random bytes."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc32(before: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), before ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def stir(byte: int):
        keys[0] = crc32(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc32(keys[2], keys[1] >> 24)

    def hidden(byte: int) -> int:
        mask = (keys[2] | 2) & 0xFFFF
        stir(byte)
        return byte ^ (mask * (mask ^ 1) >> 8 & 0xFF)

    for byte in password:
        stir(byte)
    return bytes(hidden(byte) for byte in bytes(11) + bytes([crc >> 24]) + data)


Entry = namedtuple("Entry", "name fields extra data system")


def entry(name, data: bytes, method=STORE, system=UNIX, password=None, extra=b"") -> Entry:
    """A name that is text is written in UTF-8 and flagged; one in bytes is written as it is."""
    flags = UTF8 if isinstance(name, str) and not name.isascii() else 0
    name = name.encode() if isinstance(name, str) else name
    kept, crc = packed(data, method), zlib.crc32(data)
    if method == AES:  # AE-1: salt, check of the password, data, authentication; nobody can tell it from noise
        extra += struct.pack("<HHH2sBH", 0x9901, 7, 1, b"AE", 3, STORE)
        kept, flags = np.random.RandomState(crc).bytes(16 + 2 + len(data) + 10), flags | ENCRYPTED
    elif password:
        kept, flags = encrypted(kept, crc, password), flags | ENCRYPTED
    flags |= 2 if method == LZMA else 0  # it has an end mark
    version = {BZIP2: 46, LZMA: 63, DEFLATE64: 21, AES: 51}.get(method, 20)
    fields = struct.pack("<HHHIIII", version, flags, method, NEW_YEAR, crc, len(kept), len(data))
    return Entry(name, fields + struct.pack("<HH", len(name), len(extra)), extra, kept, system)


def central(file: Entry, at: int) -> bytes:
    made_by = bytes([20, file.system])
    return b"PK\1\2" + made_by + file.fields + struct.pack("<HHHII", 0, 0, 0, 0, at) + file.name + file.extra


def zipped(entries: list, shared=0) -> bytes:
    """With `shared`, each local entry is listed so many times in the directory, under a number behind its name."""
    file, directory, count = bytearray(), b"", 0
    for one in entries:
        at = len(file)
        file += b"PK\3\4" + one.fields + one.name + one.extra + one.data
        for n in range(shared or 1):
            name = one.name.replace(b"0", b"%04d" % n) if shared else one.name
            fields = one.fields[:-4] + struct.pack("<HH", len(name), len(one.extra))
            directory += central(one._replace(name=name, fields=fields), at)
            count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(file), 0)
    return bytes(file) + directory + b"PK\5\6" + end


def filled(folders: dict, each: int = 4) -> list:
    """(path, photo) for folders, each of a kind of picture; no photo comes twice."""
    numbers, files = Counter(), []
    for folder, kind in folders.items():
        for _ in range(each):
            numbers[kind] += 1
            name = f"{numbers[kind]}.jpg"
            path = folder + b"/" + name.encode() if isinstance(folder, bytes) else f"{folder}/{name}"
            files.append((path, pillow_jpeg(picture(kind, numbers[kind]))))
    return files


def folders_zip(folders: dict, each: int = 4, **options) -> bytes:
    return zipped([entry(path, photo, **options) for path, photo in filled(folders, each)])


def code_page_zip(page: str, *names: str) -> bytes:
    """As Windows writes folders whose names it does not flag as UTF-8."""
    return folders_zip({name.encode(page): kind for kind, name in enumerate(names)}, system=DOS)


def unicode_path(name: bytes, text: str) -> bytes:
    """Info-ZIP's field with the name in UTF-8, beside a name in bytes."""
    return struct.pack("<HHBI", 0x7075, 5 + len(text.encode()), 1, zlib.crc32(name)) + text.encode()


def unicode_extra_zip() -> bytes:
    entries = []
    for path, photo in filled({"Стекло": 0, "Металл": 1}):
        name = path.encode("cp866")
        entries.append(entry(name, photo, system=DOS, extra=unicode_path(name, path)))
    return zipped(entries)


def beside_zip() -> bytes:
    files = filled({"set/glass": 0, "set/metal": 1})
    files[3:3] = [("set/glass/notes.txt", b"The third one is out of focus.\n")]
    files += [
        ("set/labels.csv", b"file,class\n1.jpg,glass\n"),
        ("set/README.txt", b"Two classes.\n"),
        ("set/plan.pdf", b"%PDF-1.7\n%%EOF\n"),
        ("set/metal/clip.mp4", struct.pack(">I4s4sI4s", 20, b"ftyp", b"mp42", 0, b"isom")),
        ("set/metal/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
        ("set/metal/desktop.ini", b"[ViewState]\r\n"),
    ]
    return zipped([entry(*file, DEFLATE) for file in files])


def nested_zip() -> bytes:
    inner = {"glass.zip": filled({"a": 0}), "metal.zip": filled({"a": 1})}
    made = {name: zipped([entry(path[2:], photo) for path, photo in files]) for name, files in inner.items()}
    return zipped([entry(f"set/{name}", data) for name, data in made.items()])


def many_folders_zip(count: int) -> bytes:
    """A class a photo: each a PNG of 4 x 4 in a colour of its own."""

    def tiny(n: int) -> bytes:
        row = b"\0" + bytes([n >> 8, n & 0xFF, 90, 200]) * 2
        return png(2, 4, [row] * 4, colour=RGBA)

    return zipped([entry(f"kind {n:05}/{n}.png", tiny(n)) for n in range(count)])


def overlapping_zip(count: int, width: int, height: int) -> bytes:
    """So many names for the one photo in it, a BMP of one colour."""
    size = 3 * width * height
    bmp = struct.pack("<2sIIIIiiHHIIIIII", b"BM", 54 + size, 0, 54, 40, width, height, 1, 24, 0, size, 0, 0, 0, 0)
    return zipped([entry("piece/0.bmp", bmp + bytes([60, 120, 180]) * (width * height), DEFLATE)], shared=count)


def teachable_machine_project() -> bytes:
    """A whole project as Teachable Machine saves it (.tm); README.md says how it is laid out."""
    entries = []
    for kind, name in enumerate(["glass", "Class 2", "금속", "left-!-right"]):
        for n in range(5 + kind):
            path = f"{name}-!-{n}.jpg"
            extra = b"" if path.isascii() else unicode_path(path.encode(), path)
            entries.append(entry(path, pillow_jpeg(picture(kind, 50 + n, 224, 224)), system=DOS, extra=extra))
    published = {"tensorflowjs": {"name": "made-up-name", "token": "made-up-token"}}
    settings = {"publishResults": published, "trainEpochs": 40, "trainBatchSize": 16, "trainLearningRate": 0.001}
    manifest = json.dumps({"type": "image", "version": "2.4.10", "appdata": settings})
    return zipped([*entries, entry("manifest.json", manifest.encode(), system=DOS)])


def samples_zip() -> bytes:
    """The samples of one class as Teachable Machine saves them."""
    photos = [pillow_jpeg(picture(2, 70 + n, 224, 224)) for n in range(11)]
    return zipped([entry(f"{n}.jpg", photo, system=DOS) for n, photo in enumerate(photos)])


def keras_zip() -> bytes:
    """A model as Teachable Machine exports it for Keras: no photo in it."""
    model = b"\x89HDF\r\n\x1a\n" + np.random.RandomState(8).bytes(3000)
    return zipped([entry("keras_model.h5", model), entry("labels.txt", b"0 glass\n1 metal\n")])


LONG = "green glass bottles without a label, photographed from above on a grey table, set"  # 81 letters
NFC, NFD = (unicodedata.normalize(form, "Töpfe 유리") for form in ("NFC", "NFD"))
PLAIN = {"glass": 0, "metal": 1}

CASES |= {
    "zips/flat.zip": lambda: zipped([entry(path[2:], photo) for path, photo in filled({"a": 3}, 7)]),
    "zips/long-names.zip": lambda: folders_zip({LONG + "A": 0, LONG + "B": 1}),
    "zips/names-cp866.zip": lambda: code_page_zip("cp866", "Стекло", "Металл"),
    "zips/names-cp932.zip": lambda: code_page_zip("cp932", "ソーダ瓶", "表紙"),
    "zips/names-cp949.zip": lambda: code_page_zip("cp949", "유리", "금속"),
    "zips/names-cp437.zip": lambda: code_page_zip("cp437", "Gläser", "Töpfe"),
    "zips/names-utf8-no-flag.zip": lambda: folders_zip({NFD.encode(): 0, "Gläser".encode(): 1}, method=DEFLATE),
    "zips/names-unicode-extra.zip": unicode_extra_zip,
    "zips/names-nfc-nfd.zip": lambda: folders_zip({NFC: 0, "metal": 1, NFD: 0}),
    "zips/names-alike.zip": lambda: folders_zip({"Glass": 0, "glass": 0, "metal": 1, "glass ": 0, "METAL": 1}, 3),
    "zips/password.zip": lambda: folders_zip(PLAIN, method=DEFLATE, password=b"graft"),
    "zips/password-aes.zip": lambda: folders_zip(PLAIN, method=AES),
    "zips/method-bzip2.zip": lambda: folders_zip(PLAIN, method=BZIP2),
    "zips/method-lzma.zip": lambda: folders_zip(PLAIN, method=LZMA),
    "zips/method-deflate64.zip": lambda: folders_zip(PLAIN, method=DEFLATE64),
    "zips/deep.zip": lambda: folders_zip({"glass/100CANON": 0, "metal/100CANON": 1, "metal/101CANON": 1}),
    "zips/split.zip": lambda: folders_zip({"train/glass": 0, "train/metal": 1, "test/glass": 0, "test/metal": 1}, 3),
    "zips/nested.zip": nested_zip,
    "zips/beside-photos.zip": beside_zip,
    "zips/folders-1000.zip": lambda: many_folders_zip(1000),
    "zips/overlap-350x30mb.zip": lambda: overlapping_zip(350, 3500, 3000),
    "zips/restart-flood-24mb.zip": lambda: zipped([entry("flood/1.jpg", flooded(24 * MB), DEFLATE)]),
    "zips/project.tm": teachable_machine_project,
    "zips/Class 3-samples.zip": samples_zip,
    "zips/converted_keras.zip": keras_zip,
}
LARGE |= {
    "zips/folders-20000.zip": lambda: many_folders_zip(20_000),
}


# --- Head files (docs/head-format.md of the project) ---

LITE0 = ("efficientnet-lite0-224", 224, "a7822955a4d56f3b29800ce66f7de958394e04e22056ead720f299d5e942cd27")
OTHER = ("efficientnet-lite1-240", 240, hashlib.sha256(b"weights that nobody has").hexdigest())
WIDTH = 1280


def wilson(hits: int, n: int) -> dict:
    z2, share = 1.959963984540054**2, hits / n
    centre, half = share + z2 / (2 * n), (z2 * (share * (1 - share) / n + z2 / (4 * n * n))) ** 0.5
    return {"value": share, "low": (centre - half) / (1 + z2 / n), "high": (centre + half) / (1 + z2 / n), "n": n}


def measured(classes: int) -> dict:
    """A confusion table in which every third class is taken for the next one once."""
    table = 4 * np.eye(classes, dtype=int) + np.roll(np.diag(np.arange(classes) % 3 == 0), 1, 1)
    validation = wilson(4 * classes, int(table.sum()))
    return {"accuracy": validation, "confusion": {"classes": classes, "counts": table.ravel().tolist()}}


def head(names: list, backbone=LITE0, hidden=0, measure=lambda classes: None, scale=0.4, weights=None) -> bytes:
    """`measure` makes the validation result for so many classes."""
    random, classes = np.random.RandomState(len(names)), len(names)
    tensors = {"mean": abs(random.normal(0, 0.3, WIDTH)), "scale": np.array([scale])}
    if hidden:
        tensors["hidden.weight"] = random.normal(0, 0.05, (WIDTH, hidden))
        tensors["hidden.bias"] = np.zeros(hidden)
    tensors["out.weight"] = random.normal(0, 0.05, (hidden or WIDTH, classes)) if weights is None else weights
    tensors["out.bias"] = random.normal(0, 0.1, classes)
    name, side, weights_hash = backbone
    info = {
        "version": 1,
        "classes": [{"name": n, "colour": [0, 40 + i % 200, 178], "photos": 16} for i, n in enumerate(names)],
        "backbone": name,
        "backbone_hash": weights_hash,
        "input_size": side,
        "settings": {
            "optimiser": "lbfgs",
            "epochs": 100,
            "learning_rate": 0.02,
            "batch_size": 0,
            "l2": 10.0,
            "hidden": hidden,
            "validation_share": 0.2,
            "seed": 3,
        },
        "validation": measure(classes),
    }
    header, data = {"__metadata__": {"graft": json.dumps(info, separators=(",", ":"))}}, b""
    for name, values in tensors.items():
        end = len(data) + 4 * values.size
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), end]}
        data += values.astype("<f4").tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


ODD_NAMES = [
    '<img src="x" onerror="self.ran = true">',
    "</script><script>self.ran = true</script>",
    "\u202egpj.ssalg",  # right-to-left override: glass.jpg backwards
    "زجاج أخضر",
    "🫙 👩\u200d🔬 🇧🇷",
    "=1+1",
    "\t=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    'a","b',
    "two\r\nlines",
    "nul\0byte",
    "",
    "   ",
    "twice",
    "twice",
    "Z" + "\u0301" * 40,  # forty accents on one letter
]


def numbered(classes: int) -> list:
    return [f"kind {n:05}" for n in range(classes)]


def wrapped(classes: int) -> dict:
    """As many counts as classes * classes is when it is reckoned in 32 bits."""
    counts = [1] * (classes * classes % (1 << 32))
    return {"accuracy": wilson(7, 10), "confusion": {"classes": classes, "counts": counts}}


SIGNS = np.sign(np.random.RandomState(5).normal(size=(WIDTH, 2)))
PAIR = ["glass", "metal"]

CASES |= {
    "heads/control.graft.safetensors": lambda: head([*PAIR, "paper"], measure=measured),
    "heads/classes-350-measured.graft.safetensors": lambda: head(numbered(350), hidden=2, measure=measured),
    "heads/name-of-200000-letters.graft.safetensors": lambda: head([*PAIR, "w" * 200_000], hidden=2),
    "heads/odd-names.graft.safetensors": lambda: head(ODD_NAMES, hidden=2, measure=measured),
    "heads/logits-overflow.graft.safetensors": lambda: head(PAIR, weights=3e38 * SIGNS),
    "heads/scale-overflows.graft.safetensors": lambda: head(PAIR, weights=30 * SIGNS, scale=1.2e-38),
    "heads/other-network-wrong-hash.graft.safetensors": lambda: head(PAIR, OTHER, measure=measured),
}
LARGE |= {
    "heads/classes-1000-measured.graft.safetensors": lambda: head(numbered(1000), hidden=2, measure=measured),
    "heads/classes-65536-wrap.graft.safetensors": lambda: head(numbered(65_536), hidden=1, measure=wrapped),
    "heads/classes-65537-wrap.graft.safetensors": lambda: head(numbered(65_537), hidden=1, measure=wrapped),
    "heads/name-of-a-million-letters.graft.safetensors": lambda: head([*PAIR, "w" * 1_000_000], hidden=2),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--large", action="store_true")
    arguments.add_argument("--only", default="", metavar="PART")
    asked = arguments.parse_args()
    for path, make in (CASES | LARGE if asked.large else CASES).items():
        if asked.only in path:
            file = asked.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make())
            print(f"{file.stat().st_size:>9,}  {path}", flush=True)


if __name__ == "__main__":
    main()
