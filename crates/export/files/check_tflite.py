"""Says whether model.tflite answers as Graft did on the photos in golden.json.

pip install numpy ai-edge-litert
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

here = Path(__file__).parent
golden = json.loads((here / "golden.json").read_text(encoding="utf-8"))
labels = (here / "labels.txt").read_text(encoding="utf-8").splitlines()
interpreter = Interpreter(str(here / "model.tflite"))
interpreter.allocate_tensors()
image, output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
size, worst = golden["size"], 0.0
for number, sample in enumerate(golden["samples"], 1):
    pixels = np.frombuffer(base64.b64decode(sample["pixels"]), np.uint8).reshape(1, size, size, 3)
    interpreter.set_tensor(image["index"], pixels)
    interpreter.invoke()
    probabilities = interpreter.get_tensor(output["index"])[0]
    off = float(np.abs(probabilities - sample["probabilities"]).max())
    worst = max(worst, off)
    print(f"photo {number}: {labels[int(probabilities.argmax())]}, {off:.7f} from Graft's answer")
if worst > golden["tolerance"]:
    sys.exit(f"This model does not answer as Graft did: {worst:.5f} is more than {golden['tolerance']}.")
print("This model answers as Graft did.")
