"""Classifies photos:  python classify.py photo.jpg another.jpg

pip install -r requirements.txt
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

here = Path(__file__).parent
session = onnxruntime.InferenceSession(str(here / "model.onnx"), providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
labels = json.loads(about["labels"])
limit = float(about.get("strangeness_limit", "inf"))
names = [output.name for output in session.get_outputs()]


def classify(file):
    """The probability of each class, and whether the photo is like nothing that the classifier has learned."""
    # Cameras write into a photo how it was held.
    photo = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    # The model cuts out the centre square and resizes it itself.
    answer = dict(zip(names, session.run(names, {"image": np.asarray(photo)[None]})))
    strange = "strangeness" in answer and answer["strangeness"][0] > limit
    return dict(zip(labels, answer["probabilities"][0].tolist())), bool(strange)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for file in sys.argv[1:]:
        probabilities, strange = classify(file)
        best = max(probabilities, key=probabilities.get)
        print(f"{file}: {'I don’t know' if strange else best}")
        for label, probability in sorted(probabilities.items(), key=lambda pair: -pair[1])[:5]:
            print(f"  {probability:6.1%}  {label}")
