#!/bin/sh
# Puts the file system of an image together from a folder with node_modules and packages: node, the libraries that it and native
# add-ons need, the application, and nothing else. No shell, no package manager.
#
#   sh assemble.sh SOURCE IMAGE
set -eu
source=$1
mkdir -p "$2"
image=$(readlink -f "$2")

# A library keeps its path, so that the loader finds it where it looks by itself.
with_libraries() {
	for binary in "$@"; do
		ldd "$binary" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'
	done | sort -u | while read -r library; do
		mkdir -p "$image$(dirname "$library")"
		cp -L "$library" "$image$library"
	done
}

mkdir -p "$image/usr/local/bin" "$image/etc" "$image/app" "$image/tmp"
node=$(readlink -f "$(command -v node)")
cp "$node" "$image/usr/local/bin/node"
with_libraries "$node"

cp -R "$source/node_modules" "$source/packages" "$image/app/"
# What only editors and compilers read.
find "$image/app" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
find "$image/app" -type f -name '*.node' | while read -r addon; do
	# Add-ons for other C libraries come along; they are never loaded.
	if ldd "$addon" 2>/dev/null | grep -q 'not found\|musl'; then continue; fi
	with_libraries "$addon"
done

echo 'sallyport:x:65532:65532::/tmp:/nonexistent' >"$image/etc/passwd"
echo 'sallyport:x:65532:' >"$image/etc/group"
# Names in /etc/hosts count, too: by itself the C library asks DNS alone.
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
chmod 1777 "$image/tmp"
chmod -R go=rX,u+rwX "$image/app" "$image/etc" "$image/usr"
