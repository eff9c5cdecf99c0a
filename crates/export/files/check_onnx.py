"""Says whether model.onnx answers as Graft did on the photos in golden.json.

pip install numpy onnxruntime
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

here = Path(__file__).parent
golden = json.loads((here / "golden.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(str(here / "model.onnx"), providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
size, worst = golden["size"], 0.0
for number, sample in enumerate(golden["samples"], 1):
    pixels = np.frombuffer(base64.b64decode(sample["pixels"]), np.uint8).reshape(1, size, size, 3)
    answer = dict(zip(names, session.run(names, {"image": pixels})))
    off = np.abs(answer["probabilities"][0] - sample["probabilities"]).max()
    worst = max(worst, float(off))
    best = golden["labels"][int(answer["probabilities"][0].argmax())]
    print(f"photo {number}: {best}, {off:.7f} from Graft's answer")
    if "strangeness" in sample:
        print(f"  strangeness {answer['strangeness'][0]:.4f}, in Graft {sample['strangeness']:.4f}")
if worst > golden["tolerance"]:
    sys.exit(f"This model does not answer as Graft did: {worst:.5f} is more than {golden['tolerance']}.")
print("This model answers as Graft did.")
