"""Answers for any number of photos, on one computer or on a cluster:

    python classify.py model.onnx PHOTOS answers.csv [--workers N] [--address ADDRESS] [--threads N]

model.onnx comes out of Graft's "Use it elsewhere" (ONNX, or Python and JavaScript). PHOTOS is a folder, or an address that pyarrow
reads (s3://bucket/photos). Without --address, Ray starts on this computer; with it, the same runs on that cluster ("auto" on one
of its own computers). The table is the one that Graft's page saves: file, answer, a probability a class, unknown, seconds, problem.
"""

import argparse
import io
import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import ray

COLUMNS = ("file", "answer"), ("unknown", "seconds", "problem")
UNKNOWN = "unknown"
# Files that are photos by their names, as the page sees them.
ENDINGS = ["jpg", "jpeg", "jfif", "png", "webp", "gif", "bmp", "avif", "heic", "heif"]
# Photos that a worker is handed at once: with a few megabytes each, they fit into anyone's memory.
AT_ONCE = 8


class Classifier:
    """The model in one worker; Ray makes it once and hands it batches of files."""

    def __init__(self, model, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        about = self.session.get_modelmeta().custom_metadata_map
        self.limit = float(about.get("strangeness_limit", "inf"))
        self.names = [output.name for output in self.session.get_outputs()]

    def __call__(self, batch):
        rows = [self.answer(content) for content in batch["bytes"]]
        return {"path": batch["path"], "row": [json.dumps(row) for row in rows]}

    def answer(self, content):
        start = time.perf_counter()
        try:
            photo = decoded(content)
        except Problem as problem:
            return {"problem": str(problem)}
        # The model cuts out the centre square and resizes it itself.
        answer = dict(zip(self.names, self.session.run(self.names, {"image": photo[None]})))
        strange = "strangeness" in answer and answer["strangeness"][0] > self.limit
        seconds = time.perf_counter() - start
        probabilities = [float(p) for p in answer["probabilities"][0]]
        return {"probabilities": probabilities, "unknown": bool(strange), "seconds": seconds}


class Problem(Exception):
    """Why there is no answer for a file, in words."""


def decoded(content):
    """The pixels of a photo, upright, [height, width, 3]."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not content:
        raise Problem("is empty")
    try:
        # Cameras write into a photo how it was held.
        return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    except UnidentifiedImageError:
        raise Problem("is not an image") from None
    except Image.DecompressionBombError:
        raise Problem("has too many pixels") from None
    except (OSError, ValueError, SyntaxError):
        raise Problem("is damaged or incomplete") from None


def cell(value):
    """A cell as the page writes it: no spreadsheet runs it (OWASP, "CSV Injection"), and RFC 4180 quotes it."""
    if re.match(r"[\t\r\n]|[\s\x00-\x1f\ufeff]*[=+\-@＝＋－＠]", value):
        value = "'" + value
    if re.search(r'["\,;\t\r\n]', value) or value.strip() != value:
        value = '"' + value.replace('"', '""') + '"'
    return value


def number(value, kind=np.float32):
    """As many digits as it has, and no more."""
    return np.format_float_positional(kind(value), unique=True, trim="-")


def line(path, row, labels):
    if "problem" in row:
        cells = ["", *[""] * len(labels), "", "", cell(row["problem"])]
    else:
        probabilities = row["probabilities"]
        best = labels[int(np.argmax(probabilities))]
        answer = UNKNOWN if row["unknown"] else best
        known = "true" if row["unknown"] else "false"
        seconds = number(round(row["seconds"], 3), np.float64)
        cells = [cell(answer), *map(number, probabilities), known, seconds, ""]
    return ",".join([cell(path), *cells]) + "\r\n"


def relative(path, photos):
    """A path that begins with the folder's name, as in the page."""
    root = str(photos).rstrip("/")
    inside = path.split(root.split("://")[-1].rstrip("/") + "/", 1)[-1]
    return f"{root.rsplit('/', 1)[-1]}/{inside}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("photos")
    parser.add_argument("table", type=Path)
    parser.add_argument("--workers", type=int, default=1, help="copies of the model at work, a core each")
    parser.add_argument("--threads", type=int, default=1, help="cores a copy")
    parser.add_argument("--address", help="of a Ray cluster; without it, this computer")
    asked = parser.parse_args()

    import onnxruntime

    model = asked.model.read_bytes()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    del session
    photos = asked.photos if "://" in asked.photos else str(Path(asked.photos).resolve())

    # On this computer, one core more than the workers have is free to read.
    cores = {} if asked.address else {"num_cpus": asked.workers * asked.threads + 1}
    ray.init(address=asked.address, log_to_driver=False, include_dashboard=False, **cores)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    files = ray.data.read_binary_files(photos, include_paths=True, file_extensions=ENDINGS)
    answers = files.map_batches(
        Classifier,
        fn_constructor_args=(model, asked.threads),
        batch_size=AT_ONCE,
        concurrency=asked.workers,
        num_cpus=asked.threads,
    )
    start, done = time.perf_counter(), 0
    with asked.table.open("w", encoding="utf-8", newline="") as table:
        header = [*COLUMNS[0], *labels, *COLUMNS[1]]
        # With the mark, Excel reads it as UTF-8.
        table.write("\ufeff" + ",".join(map(cell, header)) + "\r\n")
        for answer in answers.iter_rows():
            if not done:
                first = time.perf_counter()
            done += 1
            table.write(line(relative(answer["path"], photos), json.loads(answer["row"]), labels))
    seconds = time.perf_counter() - start
    print(f"{done} photos in {seconds:.1f} s, the first after {first - start:.1f} s" if done else "no photos", file=sys.stderr)


if __name__ == "__main__":
    main()
