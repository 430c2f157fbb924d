"""Writes streams/*: small images compressed by established encoders, for dicom_codecs.rs to decode.

    python3 -m venv venv && venv/bin/pip install numpy imagecodecs pyjpegls
    venv/bin/python codec_streams.py streams

The encoders: libjpeg-turbo (JPEG of 8 and 12 bits, lossless), CharLS (JPEG-LS), OpenJPEG (JPEG 2000), OpenJPH (HTJ2K).
The image is a formula, the same here and in the test: nothing but the coding is taken from elsewhere.
"""

import sys
from pathlib import Path

import imagecodecs as ic
import jpeg_ls
import numpy as np

ROWS, COLUMNS = 29, 37


def picture(bits, samples=1, seed=0):
    """A smooth ramp with texture and a flat part, so that every mode of the coders is met."""
    y, x, s = np.mgrid[0:ROWS, 0:COLUMNS, 0:samples]
    top = (1 << bits) - 1
    ramp = (x * 5 + y * 3 + s * 40 + seed) * top // 400
    texture = (x * x * 7 + y * 13 + x * y * (s + 1)) % 31 * top // 255
    flat = (x > 20) & (y > 10) & (y < 20)
    image = np.where(flat, top // 3, np.minimum(ramp + texture, top))
    image = image.astype(np.uint8 if bits <= 8 else np.uint16)
    return image[..., 0] if samples == 1 else image


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)

    def write(name, data):
        (folder / name).write_bytes(bytes(data))

    p8, p12, p16, rgb = picture(8), picture(12), picture(16), picture(8, 3)
    write("baseline_8.jpg", ic.jpeg8_encode(p8, level=95))
    write("baseline_rgb_444.jpg", ic.jpeg8_encode(rgb, level=95, colorspace="rgb", outcolorspace="rgb"))
    write("extended_12.jpg", ic.jpeg8_encode(p12, level=95, bitspersample=12))
    for predictor in range(1, 8):
        write(f"lossless_16_p{predictor}.jpg", ic.jpeg8_encode(p16, lossless=True, predictor=predictor, bitspersample=16))
    write("lossless_12.jpg", ic.jpeg8_encode(p12, lossless=True, predictor=1, bitspersample=12))
    write("lossless_rgb_8.jpg", ic.jpeg8_encode(rgb, lossless=True, predictor=4, colorspace="rgb", outcolorspace="rgb"))
    write("lossless_8.jls", ic.jpegls_encode(p8))
    write("lossless_16.jls", ic.jpegls_encode(p16))
    write("near3_8.jls", ic.jpegls_encode(p8, level=3))
    write("near10_16.jls", ic.jpegls_encode(p16, level=10))
    for mode in (0, 1, 2):
        image = np.ascontiguousarray(rgb.transpose(2, 0, 1)) if mode == 0 else rgb
        write(f"rgb_{mode}.jls", jpeg_ls.encode_array(image, lossy_error=0, interleave_mode=mode))
        write(f"rgb_{mode}_near2.jls", jpeg_ls.encode_array(image, lossy_error=2, interleave_mode=mode))
    write("reversible_16.j2k", ic.jpeg2k_encode(p16, level=0, codecformat="j2k", reversible=True))
    signed = (p16.astype(np.int32) - 32768).astype(np.int16)
    write("reversible_16_signed.j2k", ic.jpeg2k_encode(signed, level=0, codecformat="j2k", reversible=True))
    write("reversible_rgb.j2k", ic.jpeg2k_encode(rgb, level=0, codecformat="j2k", reversible=True))
    write("reversible_16.htj2k", ic.htj2k_encode(p16, reversible=True))


main()
