//! Rebuilds this crate when a data file is added or removed: what is compiled in must be what lies in `data/`.
fn main() {
    println!("cargo::rerun-if-changed=../../data/nuclides");
    println!("cargo::rerun-if-changed=../../data/seeds");
}
