#!/bin/sh
# Puts the fonts that are compiled into the reports into assets/fonts (not kept in the repository: they are large).
#
#   NotoSansSC-Regular.ttf, NotoSansSC-SemiBold.ttf   npm package, pinned with its hash in assets/package-lock.json
#   HanaMinB.ttf.gz                                    Debian package fonts-hanazono: rare names, CJK Extensions B to F
#
# Noto is required. Without Hanazono the program builds too, but writes a rare character as its code, [U+20BB7].
set -eu
cd "$(dirname "$0")"
mkdir -p fonts

sudo=$([ "$(id -u)" = 0 ] || echo sudo)
hash_of() { sha256sum "$1" | cut -d' ' -f1; }

noto=node_modules/@expo-google-fonts/noto-sans-sc
if [ ! -s fonts/NotoSansSC-Regular.ttf ] || [ ! -s fonts/NotoSansSC-SemiBold.ttf ]; then
    command -v npm >/dev/null || { echo "assets/fonts.sh: npm is missing; install Node.js (Debian: apt-get install npm)" >&2; exit 1; }
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
    cp "$noto/LICENSE_FONT" fonts/NotoSansSC-LICENSE.txt
    for face in 400Regular/NotoSansSC_400Regular:Regular 600SemiBold/NotoSansSC_600SemiBold:SemiBold; do
        cp "$noto/${face%%:*}.ttf" fonts/new.ttf
        mv fonts/new.ttf "fonts/NotoSansSC-${face##*:}.ttf"
    done
fi

if [ ! -s fonts/HanaMinB.ttf.gz ]; then
    want=829543436cdf7b4c6730e2af5806fa406f8ddf0d4b656e0cd49c58d4db1c8d3c
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    file=/usr/share/fonts/truetype/hanazono/HanaMinB.ttf
    if [ ! -s "$file" ] && command -v apt-get >/dev/null; then
        (cd "$work" && { apt-get download -qq fonts-hanazono || { $sudo apt-get update -qq && apt-get download -qq fonts-hanazono; }; }) >/dev/null 2>&1 || true
        for package in "$work"/*.deb; do
            [ -e "$package" ] && dpkg-deb -x "$package" "$work"
        done
        file="$work$file"
    fi
    if [ -s "$file" ] && [ "$(hash_of "$file")" = "$want" ]; then
        gzip -9nc "$file" >fonts/new.gz
        mv fonts/new.gz fonts/HanaMinB.ttf.gz
    else
        echo "assets/fonts.sh: fonts-hanazono of the expected content could not be had; rare characters will print as codes" >&2
    fi
fi
