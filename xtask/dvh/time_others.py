"""CPU seconds that dicompyler-core and plastimatch need for the ten structures of ../shared/data/dvh-breast.

Run: python xtask/dvh/time_others.py ../shared/data/dvh-breast
then: DICOMPYLER_S=… PLASTIMATCH_S=… cargo bench -p dosewright-dose --bench dvh
Needs the packages named in other_systems.py. Both times include reading the files.
"""
import logging, os, resource, shutil, subprocess, sys, tempfile, time, warnings

warnings.filterwarnings("ignore")
from dicompylercore import dicomparser, dvhcalc

logging.disable(logging.CRITICAL)
folder = sys.argv[1]
structures, dose = os.path.join(folder, "rtss.dcm"), os.path.join(folder, "rtdose.dcm")
cpu, wall = time.process_time(), time.time()
for number in dicomparser.DicomParser(structures).GetStructures():
    dvhcalc.get_dvh(structures, dose, number)
print("dicompyler-core: %.2f s CPU, %.2f s wall" % (time.process_time() - cpu, time.time() - wall))

with tempfile.TemporaryDirectory() as work:
    shutil.copy(structures, work)
    shutil.copy(dose, work)
    call = ["plastimatch", "dvh", "--input", work, "--output-csv", os.path.join(work, "dvh.csv")]
    wall = time.time()
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("plastimatch: %.2f s CPU, %.2f s wall" % (used.ru_utime + used.ru_stime, time.time() - wall))
