"""The peer of the benchmarks `step` and `sample`: the same U-Net in PyTorch, NHWC in memory.

    python pytorch_peer.py step|sample CHANNELS BATCH LEVELS STEPS float32|bfloat16 eager|compile

For each line `run` on its input it does one training step, or draws one batch by DDIM, and prints the milliseconds;
for `end` it prints what it is.
"""

import contextlib
import json
import math
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

TASK, CHANNELS, BATCH, LEVELS, STEPS, PRECISION, MODE = sys.argv[1:8]
CHANNELS, BATCH, LEVELS, STEPS = int(CHANNELS), int(BATCH), int(LEVELS), int(STEPS)
GROUPS = 32
torch.manual_seed(0)


def norm(channels):
    return nn.GroupNorm(GROUPS, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, width):
        super().__init__()
        self.norm1, self.norm2 = norm(inputs), norm(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.time = nn.Linear(width, outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(t)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.output = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, 3, c, h * w).transpose(2, 3).unbind(1)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return x + self.output(mixed.transpose(1, 2).reshape(b, c, h, w))


class Stage(nn.Module):
    def __init__(self, inputs, outputs, width, attended):
        super().__init__()
        self.block = Residual(inputs, outputs, width)
        self.attention = Attention(outputs) if attended else nn.Identity()

    def forward(self, x, t):
        return self.attention(self.block(x, t))


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [CHANNELS * (1 if level == 0 else 2) for level in range(LEVELS)]
        time_width = 4 * CHANNELS
        self.time = nn.Sequential(
            nn.Linear(CHANNELS, time_width), nn.SiLU(), nn.Linear(time_width, time_width), nn.SiLU()
        )
        self.stem = nn.Conv2d(3, CHANNELS, 3, padding=1)
        width, skips = CHANNELS, [CHANNELS]
        self.down, self.downsample = nn.ModuleList(), nn.ModuleList()
        for level, outputs in enumerate(widths):
            stages = nn.ModuleList()
            for _ in range(2):
                stages.append(Stage(width, outputs, time_width, level == 1))
                width = outputs
                skips.append(width)
            self.down.append(stages)
            if level < LEVELS - 1:
                self.downsample.append(nn.Conv2d(width, width, 3, stride=2, padding=1))
                skips.append(width)
        self.middle0 = Stage(width, width, time_width, True)
        self.middle1 = Stage(width, width, time_width, False)
        self.up, self.upsample = nn.ModuleList(), nn.ModuleList()
        for level in reversed(range(LEVELS)):
            stages = nn.ModuleList()
            for _ in range(3):
                stages.append(Stage(width + skips.pop(), widths[level], time_width, level == 1))
                width = widths[level]
            self.up.append(stages)
            if level > 0:
                self.upsample.append(nn.Conv2d(width, width, 3, padding=1))
        self.norm = norm(width)
        self.head = nn.Conv2d(width, 3, 3, padding=1)
        frequencies = torch.exp(-math.log(10000) * torch.arange(CHANNELS // 2) / (CHANNELS // 2 - 1))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, x, t):
        angles = t[:, None] * self.frequencies
        told = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        h = self.stem(x)
        passed = [h]
        for level, stages in enumerate(self.down):
            for stage in stages:
                h = stage(h, told)
                passed.append(h)
            if level < LEVELS - 1:
                h = self.downsample[level](h)
                passed.append(h)
        h = self.middle1(self.middle0(h, told), told)
        for level, stages in enumerate(self.up):
            for stage in stages:
                h = stage(torch.cat([h, passed.pop()], 1), told)
            if level < LEVELS - 1:
                h = self.upsample[level](F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.head(F.silu(self.norm(h)))


def autocast():
    if PRECISION == "bfloat16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


network = Unet().to(memory_format=torch.channels_last)
called = torch.compile(network) if MODE == "compile" else network
optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
images = torch.randn(BATCH, 3, 32, 32).to(memory_format=torch.channels_last)
noise = torch.randn_like(images)
times = torch.linspace(0, 999, BATCH)


def step():
    optimizer.zero_grad()
    with autocast():
        y = called(images, times)
    loss = ((y.float() - noise) ** 2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return loss.item()


ALPHA_BAR = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


@torch.inference_mode()
def sample():
    """DDIM (η = 0) with evenly spaced timesteps and clipped predictions."""
    x = torch.randn(BATCH, 3, 32, 32).to(memory_format=torch.channels_last)
    timesteps = [round(1000 * (i + 1) / STEPS) - 1 for i in range(STEPS)]
    for i in reversed(range(STEPS)):
        now = ALPHA_BAR[timesteps[i]].item()
        before = ALPHA_BAR[timesteps[i - 1]].item() if i > 0 else 1.0
        with autocast():
            epsilon = called(x, torch.full((BATCH,), float(timesteps[i])))
        x0 = ((x - math.sqrt(1 - now) * epsilon.float()) / math.sqrt(now)).clamp(-1, 1)
        direction = (x - math.sqrt(now) * x0) / math.sqrt(1 - now)
        x = math.sqrt(before) * x0 + math.sqrt(1 - before) * direction
    return x.sum().item()


task = {"step": step, "sample": sample}[TASK]
first = True
for line in sys.stdin:
    if line.strip() == "end":
        about = {
            "name": f"torch {torch.__version__} {MODE}",
            "parameters": sum(p.numel() for p in network.parameters()),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(json.dumps(about), flush=True)
        break
    started = time.perf_counter()
    task()
    took = 1000 * (time.perf_counter() - started)
    print(json.dumps({"first_ms": took, "milliseconds": took}), flush=True)
