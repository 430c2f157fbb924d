//! Any bytes: parsing and reading every value ends without a panic, within the memory that libFuzzer is told to allow.

#![no_main]

use dosewright_image::dicom::{self, Attributes, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { inflated_bytes: 1 << 16, ..Limits::default() };
    let Ok(file) = dicom::parse(bytes, &limits) else { return };
    for tag in file.object.tags() {
        let object = &file.object;
        let _ = (object.string(tag), object.strings(tag), object.ints(tag), object.floats(tag), object.items(tag));
    }
});
