"""Residual networks of PyTorch, written from their papers, of any width.

Modules have the names of those of torchvision.
"""

import numpy as np
import pytest

# The environment of the lowest versions lacks it.
torch = pytest.importorskip("torch")
nn = torch.nn


class Bottleneck(nn.Module):
    """Convolutions of sizes 1, 3 and 1 of an image."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.downsample = None
        if stride > 1 or inputs != 4 * filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * filters, 1, stride, bias=False),
                nn.BatchNorm2d(4 * filters),
            )

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu(y + (self.downsample(x) if self.downsample else x))


class VideoBlock(nn.Module):
    """Two convolutions of a clip, over `time` frames each."""

    def __init__(self, inputs, filters, stride, time):
        super().__init__()
        size, margin = (time, 3, 3), (time // 2, 1, 1)
        steps = (stride if time > 1 else 1, stride, stride)
        self.conv1 = nn.Sequential(
            nn.Conv3d(inputs, filters, size, steps, margin, bias=False),
            nn.BatchNorm3d(filters),
            nn.ReLU(),
        )
        self.conv2 = nn.Sequential(
            nn.Conv3d(filters, filters, size, 1, margin, bias=False),
            nn.BatchNorm3d(filters),
        )
        self.downsample = None
        if stride > 1 or inputs != filters:
            self.downsample = nn.Sequential(
                nn.Conv3d(inputs, filters, 1, steps, bias=False),
                nn.BatchNorm3d(filters),
            )

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return torch.relu(y + (self.downsample(x) if self.downsample else x))


class FactorizedBottleneck(nn.Module):
    """Convolutions of sizes 1, (1, 3, 3) and (3, 1, 1), and 1 of a clip."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        middle = 27 * filters * filters // (9 * filters + 3 * filters)
        self.conv1 = nn.Sequential(
            nn.Conv3d(inputs, filters, 1, bias=False),
            nn.BatchNorm3d(filters),
            nn.ReLU(),
        )
        space, time = (1, stride, stride), (stride, 1, 1)
        self.conv2 = nn.Sequential(
            nn.Sequential(
                nn.Conv3d(
                    filters, middle, (1, 3, 3), space, (0, 1, 1), bias=False
                ),
                nn.BatchNorm3d(middle),
                nn.ReLU(),
                nn.Conv3d(
                    middle, filters, (3, 1, 1), time, (1, 0, 0), bias=False
                ),
            ),
            nn.BatchNorm3d(filters),
            nn.ReLU(),
        )
        self.conv3 = nn.Sequential(
            nn.Conv3d(filters, 4 * filters, 1, bias=False),
            nn.BatchNorm3d(4 * filters),
        )
        self.downsample = None
        if stride > 1 or inputs != 4 * filters:
            self.downsample = nn.Sequential(
                nn.Conv3d(inputs, 4 * filters, 1, stride, bias=False),
                nn.BatchNorm3d(4 * filters),
            )

    def forward(self, x):
        y = self.conv3(self.conv2(self.conv1(x)))
        return torch.relu(y + (self.downsample(x) if self.downsample else x))


def stages(network, make, counts, width, expansion):
    """Add four stages, a classifier of 3 classes, and random statistics."""
    inputs = width
    for stage, count in enumerate(counts):
        filters = width * 2**stage
        blocks = []
        for index in range(count):
            stride = 2 if stage and index == 0 else 1
            blocks.append(make(stage, inputs, filters, stride))
            inputs = expansion * filters
        network.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
    network.add_module("fc", nn.Linear(inputs, 3))
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if hasattr(module, "running_var"):
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.running_mean.normal_(0, 0.1, generator=generator)
    return network.eval()


def resnet_50(width):
    """The network of depth 50 for images of three channels."""
    network = nn.Module()
    network.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    network.bn1 = nn.BatchNorm2d(width)
    network.forward = lambda x: through(
        network,
        nn.functional.max_pool2d(
            torch.relu(network.bn1(network.conv1(x))), 3, 2, 1
        ),
    )
    return stages(
        network, lambda _, *sizes: Bottleneck(*sizes), (3, 4, 6, 3), width, 4
    )


def video_10(width, times):
    """Blocks over so many frames in each stage, for clips."""
    network = nn.Module()
    network.stem = nn.Sequential(
        nn.Conv3d(3, width, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False),
        nn.BatchNorm3d(width),
        nn.ReLU(),
    )
    network.forward = lambda x: through(network, network.stem(x))

    def make(stage, *sizes):
        return VideoBlock(*sizes, times[stage])

    return stages(network, make, (1, 1, 1, 1), width, 1)


def r2plus1d_152(width):
    """The factorized network of depth 152 for clips."""
    network = nn.Module()
    middle = 45 * width // 64
    network.stem = nn.Sequential(
        nn.Conv3d(3, middle, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
        nn.BatchNorm3d(middle),
        nn.ReLU(),
        nn.Conv3d(middle, width, (3, 1, 1), 1, (1, 0, 0), bias=False),
        nn.BatchNorm3d(width),
        nn.ReLU(),
    )
    network.forward = lambda x: through(
        network,
        nn.functional.max_pool3d(
            network.stem(x), (1, 3, 3), (1, 2, 2), (0, 1, 1)
        ),
    )

    def make(_, *sizes):
        return FactorizedBottleneck(*sizes)

    return stages(network, make, (3, 8, 36, 3), width, 4)


def through(network, x):
    """The logits of the output of a stem."""
    for stage in range(1, 5):
        x = getattr(network, f"layer{stage}")(x)
    return network.fc(x.flatten(2).mean(2))


def logits(network, x):
    """The logits of arrays with channels last."""
    with torch.no_grad():
        return network.forward(
            torch.from_numpy(np.moveaxis(x, -1, 1).copy())
        ).numpy()
