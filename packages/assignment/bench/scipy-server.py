"""Answers lines `FILE ROWS COLS` on stdin with `MILLISECONDS TOTAL` of scipy's linear_sum_assignment on that matrix."""

import sys
import time

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment

print(scipy.__version__, flush=True)
for line in sys.stdin:
    file, rows, cols = line.rsplit(" ", 2)
    cost = np.fromfile(file, dtype=np.float64).reshape(int(rows), int(cols))
    start = time.perf_counter()
    r, c = linear_sum_assignment(cost)
    print((time.perf_counter() - start) * 1e3, repr(float(cost[r, c].sum())), flush=True)
