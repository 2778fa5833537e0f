import pickle

import numpy as np
import pytest

from keras_av.models import read_torch_weights

# The environment of the lowest versions lacks it.
torch = pytest.importorskip("torch")


class Run:
    """Makes a file when it is unpickled as an object."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_file_of_pytorch(tmp_path):
    net = torch.nn.Linear(3, 2).to(torch.bfloat16)
    path = tmp_path / "net.pth"
    torch.save(net.state_dict(), path)
    arrays = read_torch_weights(path)
    assert {n: a.shape for n, a in arrays.items()} == {
        "weight": (2, 3),
        "bias": (2,),
    }
    expected = net.weight.detach().float().numpy()
    np.testing.assert_array_equal(arrays["weight"], expected)


def test_a_checkpoint_with_more_than_the_network(tmp_path):
    net = torch.nn.Linear(3, 2)
    path = tmp_path / "last.ckpt"
    settings = {"epoch": 3, "optimizer": {"lr": 0.1}}
    torch.save({**settings, "state_dict": net.state_dict()}, path)
    assert set(read_torch_weights(path)) == {"weight", "bias"}
    two = {"net": net.state_dict(), "ema": net.state_dict()}
    torch.save(two, path)
    with pytest.raises(ValueError, match="'net', 'ema'"):
        read_torch_weights(path)
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match="list"):
        read_torch_weights(path)


def test_other_files(tmp_path):
    arrays = {"fc.weight": np.arange(6.0).reshape(2, 3).astype("float32")}
    np.savez(tmp_path / "net.npz", **arrays)
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file(arrays, tmp_path / "net.safetensors")
    for name in ("net.npz", "net.safetensors"):
        found = read_torch_weights(tmp_path / name)
        np.testing.assert_array_equal(found["fc.weight"], arrays["fc.weight"])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pth"])
def test_damaged_files_are_refused(tmp_path, suffix):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors")
    path = tmp_path / f"net{suffix}"
    path.write_bytes(b"PK\x03\x04 not what it says")
    with pytest.raises(ValueError, match="holds no weights"):
        read_torch_weights(path)
    with pytest.raises(ValueError, match="Expected a file"):
        read_torch_weights(tmp_path / f"other{suffix}")


def test_nothing_is_executed(tmp_path):
    target = tmp_path / "executed"
    torch.save({"weight": Run(target)}, tmp_path / "net.pth")
    old = pickle.dumps({"weight": Run(target)})
    (tmp_path / "old.pth").write_bytes(old)
    objects = np.array([Run(target)], dtype=object)
    np.savez(tmp_path / "net.npz", weight=objects)
    for name in ("net.pth", "old.pth", "net.npz"):
        with pytest.raises(ValueError, match="holds no weights"):
            read_torch_weights(tmp_path / name)
        assert not target.exists()
