"""What a program for Python makes of exports:  python consume.py CONSUMER FOLDER...

CONSUMER is onnxruntime, ai-edge-litert or classify.py, which is run on the photos that $GRAFT_PHOTOS names. Each folder is an
unpacked export. A line of JSON for each: {"probabilities": [[...]], "strangeness": [...] or null}.
"""

import base64
import importlib.util
import json
import os
import sys
from pathlib import Path

import numpy as np


def inputs(golden):
    size = golden["size"]
    for sample in golden["samples"]:
        pixels = np.frombuffer(base64.b64decode(sample["pixels"]), np.uint8)
        yield pixels.reshape(1, size, size, 3)


def onnx(folder, golden):
    import onnxruntime

    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=providers)
    names = [output.name for output in session.get_outputs()]
    answers = [session.run(names, {"image": pixels}) for pixels in inputs(golden)]
    strangeness = [float(a[1][0]) for a in answers] if "strangeness" in names else None
    return {"probabilities": [a[0][0].tolist() for a in answers], "strangeness": strangeness}


def litert(folder, golden):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model.tflite"))
    interpreter.allocate_tensors()
    image, output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    probabilities = []
    for pixels in inputs(golden):
        interpreter.set_tensor(image["index"], pixels)
        interpreter.invoke()
        probabilities.append(interpreter.get_tensor(output["index"])[0].tolist())
    return {"probabilities": probabilities, "strangeness": None}


def program(folder, _golden):
    spec = importlib.util.spec_from_file_location("classify", folder / "classify.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    photos = os.environ["GRAFT_PHOTOS"].split(os.pathsep)
    answers = [module.classify(photo)[0] for photo in photos]
    return {"probabilities": [list(answer.values()) for answer in answers], "strangeness": None}


CONSUMERS = {"onnxruntime": onnx, "ai-edge-litert": litert, "classify.py": program}

for name in sys.argv[2:]:
    folder = Path(name)
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    print(json.dumps(CONSUMERS[sys.argv[1]](folder, golden)), flush=True)
