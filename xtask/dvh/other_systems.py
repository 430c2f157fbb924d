"""Dose-volume histograms of balls and cylinders by dicompyler-core and plastimatch, for docs/validation/dvh.md.

Writes the analytic cases as DICOM (RTSTRUCT and RTDOSE) with pydicom, lets both systems evaluate them with their default
settings (bins of 0.01 Gy), and prints CSV: place, system, shape, dose, level in Gy, percent of the volume receiving at least that.

Needs: pip install dicompyler-core==0.5.6 "pydicom<3" "numpy<2"; plastimatch in the path.
Run:   python other_systems.py FOLDER > other_systems.csv
The shapes, doses and levels are those of xtask/src/validate_dvh.rs.
"""
import csv, itertools, logging, os, shutil, subprocess, sys, warnings
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian, generate_uid

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
FRAME, STUDY = generate_uid(), generate_uid()
PLACES = 5
CENTRE, START = (0.0, 0.0, 0.0), 0.0
SLICE = 2.5
BALL, RADIUS, LENGTH, AWAY = 20.0, 15.0, 40.0, 30.0
LEVELS = {
    "x": [50 + h for h in (-12, -8, -4, 0, 4, 8, 12)],
    "z": [50 + h for h in (-12, -8, -4, 0, 4, 8, 12)],
    "point": [4e4 / r**2 for r in (14, 18, 22, 26, 30, 34, 38, 42, 46)],
    "line": [4e4 / r**2 for r in (18, 21, 24, 27, 30, 33, 36, 39, 42)],
}
DOSES = {
    "x": lambda x, y, z: 50 + (x - CENTRE[0]),
    "z": lambda x, y, z: 50 + (z - CENTRE[2]),
    # in a direction that is no axis: (2, 1, 2)/3
    "point": lambda x, y, z: 4e4
    / ((x - CENTRE[0] - 2 * AWAY / 3) ** 2 + (y - CENTRE[1] - AWAY / 3) ** 2 + (z - CENTRE[2] - 2 * AWAY / 3) ** 2),
    "line": lambda x, y, z: 4e4 / ((x - CENTRE[0] - AWAY) ** 2 + (y - CENTRE[1]) ** 2),
}


def ring(radius, z):
    a = np.radians(np.arange(0, 360, 2))
    return np.stack([CENTRE[0] + radius * np.cos(a), CENTRE[1] + radius * np.sin(a), np.full_like(a, z)], 1)


def contours():
    ball = []
    for k in range(16):
        h = -BALL + SLICE * (k + START)
        if abs(h) < BALL:
            ball.append(ring(np.sqrt(BALL**2 - h * h), CENTRE[2] + h))
    # a flat-ended solid is drawn so that its slabs end where it does
    cylinder = [ring(RADIUS, CENTRE[2] - LENGTH / 2 + SLICE * (k + 0.5)) for k in range(16)]
    return {"ball": ball, "cylinder": cylinder}


def start(sop_class, modality):
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    d.file_meta.MediaStorageSOPClassUID = d.SOPClassUID = sop_class
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    d.Modality, d.PatientName, d.PatientID, d.StudyInstanceUID = modality, "Analytic", "A", STUDY
    d.SeriesInstanceUID, d.FrameOfReferenceUID = generate_uid(), FRAME
    d.StudyDate, d.StudyTime, d.StudyID, d.SeriesNumber = "20260101", "000000", "1", "1"
    d.PatientBirthDate, d.PatientSex, d.ReferringPhysicianName, d.AccessionNumber, d.Manufacturer = "", "O", "", "", ""
    return d


def write_structures(path):
    d = start("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
    d.StructureSetLabel, d.StructureSetDate, d.StructureSetTime = "A", "20260101", "000000"
    d.StructureSetROISequence, d.ROIContourSequence, d.RTROIObservationsSequence = [], [], []
    frame = Dataset()
    frame.FrameOfReferenceUID = FRAME
    d.ReferencedFrameOfReferenceSequence = [frame]
    for number, (name, rings) in enumerate(contours().items(), 1):
        roi, drawn, seen = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, FRAME
        roi.ROIGenerationAlgorithm = "MANUAL"
        drawn.ReferencedROINumber, drawn.ROIDisplayColor, drawn.ContourSequence = number, [255, 0, 0], []
        for points in rings:
            one = Dataset()
            one.ContourGeometricType, one.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
            one.ContourData = ["%.4f" % x for x in points.ravel()]
            drawn.ContourSequence.append(one)
        seen.ObservationNumber, seen.ReferencedROINumber = number, number
        seen.RTROIInterpretedType, seen.ROIInterpreter = "ORGAN", ""
        d.StructureSetROISequence.append(roi)
        d.ROIContourSequence.append(drawn)
        d.RTROIObservationsSequence.append(seen)
    d.save_as(path, write_like_original=False)


def write_dose(path, of):
    step, size, origin = 2.5, (40, 40, 36), (-46.0, -51.0, -42.0)
    x, y, z = (origin[a] + step * np.arange(size[a]) for a in range(3))
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    values = np.minimum(of(x, y, z), 1e4)
    d = start("1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE")
    d.Columns, d.Rows, d.NumberOfFrames = size
    d.PixelSpacing, d.SliceThickness = [step, step], step
    d.ImagePositionPatient, d.ImageOrientationPatient = list(origin), [1, 0, 0, 0, 1, 0]
    d.GridFrameOffsetVector, d.FrameIncrementPointer = [step * k for k in range(size[2])], 0x3004000C
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
    d.BitsAllocated, d.BitsStored, d.HighBit = 32, 32, 31
    d.DoseUnits, d.DoseType, d.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    d.DoseGridScaling = "%.9e" % (values.max() / 4e9)
    d.PixelData = np.round(values / float(d.DoseGridScaling)).astype("<u4").tobytes()
    d.save_as(path, write_like_original=False)


def dicompyler(folder):
    from dicompylercore import dvhcalc

    for number, name in enumerate(contours(), 1):
        dvh = dvhcalc.get_dvh(folder + "/rtss.dcm", folder + "/dose.dcm", number)
        yield name, lambda level, dvh=dvh: 100 * np.interp(level, dvh.bins[:-1], dvh.counts) / dvh.counts[0]


def plastimatch(folder):
    table = folder + "/plastimatch.csv"
    call = ["plastimatch", "dvh", "--input", folder, "--output-csv", table, "--bin-width", "0.01", "--num-bins", "120000"]
    subprocess.run(call + ["--cumulative"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows = np.genfromtxt(table, delimiter=",", names=True)
    for name in contours():
        yield name, lambda level, name=name: 100 * np.interp(level, rows[rows.dtype.names[0]], rows[name])


out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["place", "system", "shape", "dose", "level_gy", "percent"])
for place, (dose, of) in itertools.product(range(PLACES), DOSES.items()):
    CENTRE, START = (3.3 + 0.5 * place, -2.1 + 0.37 * place, 1.7), 0.1 + 0.2 * place
    folder = os.path.join(sys.argv[1], dose)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    write_structures(folder + "/rtss.dcm")
    write_dose(folder + "/dose.dcm", of)
    for system, run in (("plastimatch", plastimatch), ("dicompyler-core", dicompyler)):
        for shape, percent in run(folder):
            if (shape, dose) in (("ball", "line"), ("cylinder", "point")):
                continue
            for level in LEVELS[dose]:
                out.writerow([place, system, shape, dose, "%.6f" % level, "%.4f" % percent(level)])
