"""Writes pydicom_expected.tsv: what pydicom finds in the reference files, for dicom_pydicom.rs to compare with.

    python3 -m venv venv && venv/bin/pip install pydicom numpy pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls
    venv/bin/python pydicom_expected.py ../../../../shared/data > pydicom_expected.tsv

Only facts about the files are written, nothing of the files themselves. Columns:

path         below the data folder
opened       yes; force (without "DICM" at byte 128, opened because told to); no
elements     data elements at the top level, group 0002 left out
name         Patient's Name as Unicode
pixels       frames x rows x columns x samples, or why there are none
bits         kind and bytes of a value, as numpy says it without byte order
crc32        of the little endian array, in hexadecimal
lossy        whether the transfer syntax loses something, so that decoders may differ by rounding
probes       sum of all values, then 16 values evenly spaced
"""

import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import pixel_array

LOSSY = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 52, 53, 54, 55, 56, 81, 91, 93, 203)}


def pixels(ds):
    if not any(key in ds for key in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return ["none"] + [""] * 4
    try:
        array = pixel_array(ds, raw=True)
    except Exception as error:  # noqa: BLE001: any refusal is a fact worth recording
        return [f"refused: {type(error).__name__}"] + [""] * 4
    samples = int(ds.get("SamplesPerPixel", 1) or 1)
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    array = array.reshape(frames, int(ds.Rows), int(ds.Columns), samples)
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    flat = little.ravel()
    probes = [int(flat[i * (flat.size - 1) // 15]) for i in range(16)]
    lossy = str(ds.file_meta.get("TransferSyntaxUID", "")) in LOSSY
    return [
        "x".join(map(str, array.shape)),
        f"{array.dtype.kind}{array.dtype.itemsize}",
        f"{zlib.crc32(little.tobytes()):08x}",
        "lossy" if lossy else "lossless",
        " ".join(map(str, [int(flat.astype(np.int64).sum()), *probes])),
    ]


def row(path):
    opened = "yes"
    try:
        ds = pydicom.dcmread(path)
    except Exception:  # noqa: BLE001
        try:
            ds = pydicom.dcmread(path, force=True)
            opened = "force"
            # force opens anything: a data set begins with a tag of the dictionary
            first = next(iter(ds.keys()), None)
            if first is None or not (pydicom.datadict.dictionary_has_tag(first) or first.is_private_creator):
                return ["no"] + [""] * 7
        except Exception:  # noqa: BLE001
            return ["no"] + [""] * 7
    name = str(ds.PatientName) if ds.get("PatientName") is not None else ""
    return [opened, str(len(ds)), name.rstrip(" \0").replace("\t", " ").replace("\n", " "), *pixels(ds)]


def main():
    warnings.simplefilter("ignore")
    pydicom.config.logger.setLevel("CRITICAL")
    root = Path(sys.argv[1])
    print("\t".join("path opened elements name pixels bits crc32 lossy probes".split()))
    seen = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        # of the two hundred like images of these two series every tenth will do
        seen[path.parent] = seen.get(path.parent, 0) + 1
        if "y90-spect-ct" in path.parts and seen[path.parent] % 10 != 1:
            continue
        if path.suffix in {".nrrd", ".vtp", ".csv", ".h33", ".i33", ".bin", ".raw"}:
            continue
        print("\t".join([path.relative_to(root).as_posix(), *row(path)]))


main()
