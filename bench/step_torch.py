"""PyTorch's side of the training step, eager.

Reads lines `WIDTH BATCH SECONDS WAY` (WAY: eager, fused: with the fused AdamW, or bf16: that and the products in
bf16 by autocast) and answers each with one line
of JSON: the median time of a step in microseconds. A step is forward, loss, backward, clipping of the
gradient's norm, AdamW and the moving average of the weights, on the denoiser that TabDDPM uses: 40 numbers
in, a sinusoid of time through a small network of its own, three residual blocks.
"""

import json
import math
import statistics
import sys
import time

import torch
from torch import nn

INPUTS, SINUSOID, TIME_HIDDEN, BLOCKS = 40, 64, 128, 3


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width, elementwise_affine=False),
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, width),
        )

    def forward(self, x):
        return x + self.inner(x)


class Denoiser(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.enter = nn.Linear(INPUTS, width)
        self.time = nn.Sequential(
            nn.Linear(SINUSOID, TIME_HIDDEN), nn.SiLU(), nn.Linear(TIME_HIDDEN, width, bias=False)
        )
        self.blocks = nn.Sequential(*[Block(width) for _ in range(BLOCKS)])
        self.leave = nn.Sequential(nn.LayerNorm(width, elementwise_affine=False), nn.Linear(width, INPUTS))
        half = SINUSOID // 2
        self.register_buffer("frequencies", torch.exp(-math.log(10_000.0) * torch.arange(half) / half))

    def forward(self, x, t):
        angles = t[:, None] * self.frequencies
        waves = torch.cat([angles.cos(), angles.sin()], 1)
        return self.leave(self.blocks(self.enter(x) + self.time(waves)))


def measure(width, batch, seconds, way):
    torch.manual_seed(0)
    net = Denoiser(width)
    weights = list(net.parameters())
    averages = [w.detach().clone() for w in weights]
    adamw = torch.optim.AdamW(weights, lr=1e-3, weight_decay=1e-4, fused=None if way == "eager" else True)
    rows, t = torch.rand(batch, INPUTS) * 2 - 1, torch.rand(batch) * 2 - 1

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=way == "bf16"):
            out = net(rows, t)
        loss = (out.float() - rows).square().mean()
        adamw.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        adamw.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, weights, 1e-3)

    for _ in range(5):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return dict(width=width, batch=batch, steps=len(times), microseconds=1e6 * statistics.median(times))


def main():
    torch.set_num_threads(2)
    for line in sys.stdin:
        width, batch, seconds, way = line.split()
        print(json.dumps(measure(int(width), int(batch), float(seconds), way)), flush=True)


if __name__ == "__main__":
    main()
