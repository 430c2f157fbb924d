#!/bin/sh
# Fills the corpora from the streams of the tests and, where they are, the reference files.
set -eu
cd "$(dirname "$0")"
mkdir -p corpus/dicom_parse corpus/dicom_pixels
for stream in ../crates/image/tests/streams/*; do
    name=$(basename "$stream")
    case $name in
        *.jls) syntax='\005' ;;
        *.j2k | *.htj2k) syntax='\006' ;;
        lossless*) syntax='\004' ;;
        extended*) syntax='\003' ;;
        *) syntax='\002' ;;
    esac
    case $name in *rgb*) samples='\001' ;; *) samples='\000' ;; esac
    case $name in *16*) bits='\002' ;; *12*) bits='\001' ;; *) bits='\000' ;; esac
    { printf "$syntax$samples$bits\\000"; cat "$stream"; } > "corpus/dicom_pixels/$name"
done
if [ -d ../../shared/data/dicom-odd ]; then
    find ../../shared/data/dicom-odd -type f -size -8k | while read -r file; do
        cp "$file" "corpus/dicom_parse/$(echo "$file" | cksum | cut -d' ' -f1)"
    done
fi
