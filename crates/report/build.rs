//! Makes sure that the fonts to be compiled in are there, and tells the sources which.

use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(rare_han)");
    let fonts = Path::new("../../assets/fonts");
    for name in ["NotoSansSC-Regular.ttf", "NotoSansSC-SemiBold.ttf"] {
        let file = fonts.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        if !file.is_file() {
            println!(
                "cargo::error=assets/fonts/{name} is missing: run `make fonts` (or assets/fonts.sh) once, then build again"
            );
        }
    }
    let rare = fonts.join("HanaMinB.ttf.gz");
    println!("cargo::rerun-if-changed={}", rare.display());
    if rare.is_file() {
        println!("cargo::rustc-cfg=rare_han");
    } else {
        println!(
            "cargo::warning=assets/fonts/HanaMinB.ttf.gz is missing: rare characters will print as codes; `make fonts` fetches it"
        );
    }
}
