//! Reading takes memory by what a file holds, not by what it claims: counted, not believed.
//!
//! One test in a file of its own, since the count is of the whole process.

mod synthetic;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use dosewright_image::dicom::{self, DicomError, Limits};
use synthetic::{DataSet, EXPLICIT, Format, IMPLICIT, compressed, deflate, file, slice, specimens, streams};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator that counts cannot be written without")]
// SAFETY: every call goes to the system allocator unchanged; counting touches nothing of it
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that was held at once while `work` ran, beyond what was held before.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

const MEGABYTE: usize = 1 << 20;

fn read(bytes: &[u8]) {
    if let Ok(file) = dicom::parse(bytes, &Limits::default()) {
        let _ = dicom::decode_frames(&file);
    }
}

#[test]
fn memory_is_bounded_by_the_file() {
    // the dictionary is built at its first use, the thread pool at the first compressed frame
    for (_, bytes) in specimens() {
        read(&bytes);
    }

    // each four bytes of each specimen in turn claim 2 GB: lengths of elements, items, fragments, offset tables
    for (name, bytes) in specimens() {
        for at in (132..bytes.len().saturating_sub(4)).step_by(2) {
            for claim in [0x7FFF_FFFE_u32, 0x3FFF_FFF0, 0xFFFF_FFFF] {
                let mut broken = bytes.clone();
                broken[at..at + 4].copy_from_slice(&claim.to_le_bytes());
                let used = peak(|| read(&broken));
                assert!(
                    used < 8 * MEGABYTE,
                    "{name}: {used} bytes held for {} with a false length at {at}",
                    broken.len()
                );
            }
        }
    }

    // a two-kilobyte file whose pixel data claim 800 MB
    let mut it = DataSet::new(EXPLICIT);
    it.pixel_format(&Format {
        rows: 20000,
        columns: 20000,
        frames: 1,
        samples: 1,
        allocated: 16,
        stored: 16,
        signed: 0,
    });
    it.header((0x7FE0, 0x0010), "OW", 800_000_000);
    it.bytes.resize(2000, 7);
    let bytes = file("1.2.840.10008.1.2.1", &it.bytes);
    assert!(peak(|| read(&bytes)) < MEGABYTE);

    // a deflate stream of 80 kB that says 80 MB: not inflated beyond the limit
    let bomb = deflate(&vec![0; 80 * MEGABYTE]);
    let bytes = file("1.2.840.10008.1.2.1.99", &bomb);
    let used = peak(|| assert!(matches!(dicom::parse(&bytes, &Limits::default()), Err(DicomError::Limit { .. }))));
    assert!(used < 200 * MEGABYTE, "{used} bytes held for a bomb of {}", bytes.len());

    // nothing but empty items, the densest that sequences get
    let mut items = DataSet::new(IMPLICIT);
    items.header((0x0008, 0x1140), "SQ", u32::MAX);
    for _ in 0..20_000 {
        items.header((0xFFFE, 0xE000), "", 0);
    }
    let bytes = file("1.2.840.10008.1.2", &items.bytes);
    let used = peak(|| read(&bytes));
    assert!(used < 40 * bytes.len(), "{used} bytes held for {} of empty items", bytes.len());

    // nothing but backslashes, the densest that text gets
    let mut text = DataSet::new(IMPLICIT);
    text.raw((0x3006, 0x0050), "DS", &vec![b'\\'; MEGABYTE]);
    let bytes = file("1.2.840.10008.1.2", &text.bytes);
    let used = peak(|| read(&bytes));
    assert!(used < 80 * bytes.len(), "{used} bytes held for {} of backslashes", bytes.len());

    // compressed frames behind a header that claims the largest image there can be
    for (name, syntax, format, stream) in streams() {
        let huge = Format { rows: 65535, columns: 65535, ..format };
        let used = peak(|| read(&compressed(syntax, &huge, stream)));
        assert!(used < 8 * MEGABYTE, "{name}: {used} bytes held");
    }

    // deep nesting ends at the limit, not at the end of the stack
    let mut deep = DataSet::new(IMPLICIT);
    for _ in 0..100_000 {
        deep.header((0x0008, 0x1140), "SQ", u32::MAX);
        deep.header((0xFFFE, 0xE000), "", u32::MAX);
    }
    let bytes = file("1.2.840.10008.1.2", &deep.bytes);
    assert!(matches!(dicom::parse(&bytes, &Limits::default()), Err(DicomError::Limit { .. })));
    read(&slice(IMPLICIT));
}
