"""SciPy's linear_sum_assignment as a server on stdin and stdout.

Answers lines `FILE ROWS COLS` with `MILLISECONDS TOTAL`; with --batch, lines `FILE` (int32 count, count x (rows, cols, maximize),
then the float64 matrices) with a JSON array of {total, size} or null where SciPy raises.
"""

import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment


def one(line):
    file, rows, cols = line.rsplit(" ", 2)
    cost = np.fromfile(file, dtype=np.float64).reshape(int(rows), int(cols))
    start = time.perf_counter()
    r, c = linear_sum_assignment(cost)
    return f"{(time.perf_counter() - start) * 1e3} {float(cost[r, c].sum())!r}"


def batch(line):
    data = open(line.strip(), "rb").read()
    count = int(np.frombuffer(data, np.int32, 1)[0])
    heads = np.frombuffer(data, np.int32, 3 * count, 4).reshape(count, 3)
    at = 4 + 12 * count
    answers = []
    for rows, cols, maximize in heads.tolist():
        cost = np.frombuffer(data, np.float64, rows * cols, at).reshape(rows, cols)
        at += 8 * rows * cols
        try:
            r, c = linear_sum_assignment(cost, maximize=bool(maximize))
            chosen = cost[r, c]
            answers.append({"total": float(chosen.sum()), "size": float(np.abs(chosen).sum())})
        except ValueError:
            answers.append(None)
    return json.dumps(answers)


answer = batch if "--batch" in sys.argv else one
print(scipy.__version__, flush=True)
for line in sys.stdin:
    print(answer(line), flush=True)
