"""The driver's table of devices, and what a caller's CUDA_VISIBLE_DEVICES leaves of it."""

from __future__ import annotations

import pytest

from seatrial.environment.gpus import Gpu, parse, seen_through

TABLE = """\
0, GPU-aa01, NVIDIA H100 80GB HBM3, 81559, 4, 9.0
1, GPU-aa02, NVIDIA H100 80GB HBM3, 81559, 40960, 9.0

2, GPU-bb03, NVIDIA A100-SXM4-80GB, 81920, [N/A], 8.0
"""
MACHINE = parse(TABLE)


def _handles(setting: str | None) -> list[tuple[int, str]]:
    return [(device.index, device.handle) for device in seen_through(MACHINE, setting).devices]


def test_each_line_is_a_device() -> None:
    """Memory in bytes; what the driver cannot tell is unknown and no reason to think a device taken."""
    assert MACHINE[0] == Gpu(
        index=0,
        uuid="GPU-aa01",
        handle="0",
        name="NVIDIA H100 80GB HBM3",
        memory=81559 << 20,
        used=4 << 20,
        capability="sm_90",
    )
    assert [device.taken for device in MACHINE] == [False, True, False]


@pytest.mark.parametrize(
    "rubbish",
    [
        "No devices were found",
        "0, GPU-aa01, H100, 81559, 4",
        "zero, GPU-aa01, H100, 81559, 4, 9.0",
        "0, aa01, H100, 81559, 4, 9.0",
        "0, GPU-a, H, 1, 1, 9.0\n0, GPU-b, H, 1, 1, 9.0",
        "0, GPU-a, H, 1, 1, 9.0\n1, GPU-a, H, 1, 1, 9.0",
        "\x00\xff",
        "\n".join(f"{n}, GPU-{n}, H, 1, 1, 9.0" for n in range(2000)),
    ],
)
def test_anything_else_is_no_table(rubbish: str) -> None:
    """A device that is guessed would be leased."""
    with pytest.raises(ValueError, match=r"line of devices|twice|more than"):
        parse(rubbish)


def test_no_lines_are_no_devices() -> None:
    """A driver without devices."""
    assert parse("\n") == ()


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, [(0, "0"), (1, "1"), (2, "2")]),
        ("2,0", [(2, "2"), (0, "0")]),
        (" 1 , 2 ", [(1, "1"), (2, "2")]),
        ("GPU-bb03,0", [(2, "GPU-bb03"), (0, "0")]),
        ("GPU-bb", [(2, "GPU-bb")]),
        ("GPU-aa", []),
        ("0,9,1", [(0, "0")]),
        ("0,-1,1", [(0, "0")]),
        ("1,1", [(1, "1")]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("all", []),
    ],
)
def test_a_given_set_is_read_as_cuda_reads_it(setting: str | None, expected: list[tuple[int, str]]) -> None:
    """Order and names are the caller's; nothing counts after what names no device."""
    assert _handles(setting) == expected


def test_parts_of_devices_are_taken_as_they_are_given() -> None:
    """The table does not list them; their capability is known when all devices have the same."""
    (part,) = seen_through(MACHINE[:2], "MIG-1234").devices

    assert (part.uuid, part.handle, part.capability, part.taken) == ("MIG-1234", "MIG-1234", "sm_90", False)


def test_results_belong_to_the_capability_of_what_is_visible() -> None:
    """With nothing visible, to that of the machine's devices: what was made on them is still found."""
    assert seen_through(MACHINE, None).capability == "sm_80+sm_90"
    assert seen_through(MACHINE, "0,1").capability == "sm_90"
    assert seen_through(MACHINE[:2], "").capability == "sm_90"
    assert seen_through((), None).capability == "?"


def test_the_reason_says_why_there_are_none() -> None:
    """Hidden ones are another thing than absent ones."""
    assert seen_through(MACHINE, "").reason == "this machine has 3, of which CUDA_VISIBLE_DEVICES shows none"
    assert seen_through((), "0", why_none="no driver").reason == "no driver"
