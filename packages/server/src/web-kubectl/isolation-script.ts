/**
 * Shell script that turns a process in namespaces of its own into the first one of a sandbox: a root of its own with nothing but
 * kubectl, Node and the libraries that both are linked with, all of it read-only; a private folder in memory; terminals of its own; a
 * network that has nothing but its loopback; no capability. `unshare` starts it. Only tools of util-linux and `ip` (or perl) are
 * used, and where one of the steps fails, nothing is started.
 *
 * Words: uid to become (empty: none, the namespaces were made without privileges), size of the private folder in bytes, kubectl,
 * Node, this package's program, folder of the terminal library, folder of its binary.
 */
export const ISOLATION_SCRIPT = `
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
uid=$1 bytes=$2 kubectl=$3 node=$4 program=$5 pty=$6 binary=$7
root=/mnt
umask 022
put() {
  if [ -d "$1" ]; then mkdir -p "$root$2"; else : >"$root$2"; fi
  mount --rbind "$1" "$root$2"
}
seal() { mount -o remount,bind,ro,nosuid "$root$1"; }
ip link set lo up 2>/dev/null || perl -e 'socket(S,2,2,0)||die;ioctl(S,0x8914,pack("a16sx14","lo",65))||die'
mount -t tmpfs -o mode=0755,nosuid,size=256k,nr_inodes=512 sandbox "$root"
mkdir -p "$root/bin" "$root/dev/pts" "$root/usr" "$root/work" "$root/old" "$root/tmp" "$root/sallyport/node_modules/@lydell"
for library in /lib /lib64 /usr/lib /usr/lib64; do
  if [ -d "$library" ]; then put "$library" "$library"; seal "$library"; fi
done
for tool in setpriv prlimit; do put "$(command -v "$tool")" "/bin/$tool"; seal "/bin/$tool"; done
put "$kubectl" /bin/kubectl; seal /bin/kubectl
put "$node" /bin/node; seal /bin/node
put "$program" /sallyport/sandbox.mjs; seal /sallyport/sandbox.mjs
put "$pty" /sallyport/node_modules/@lydell/node-pty; seal /sallyport/node_modules/@lydell/node-pty
put "$binary" "/sallyport/node_modules/@lydell/\${binary##*/}"; seal "/sallyport/node_modules/@lydell/\${binary##*/}"
for device in null zero random urandom tty; do put "/dev/$device" "/dev/$device"; done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0600,nosuid,noexec devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
# For umount alone, which looks there; it leads nowhere behind that.
ln -s old/proc "$root/proc"
owner=; become=
if [ -n "$uid" ]; then
  owner=",uid=$uid,gid=$uid"
  become="--reuid=$uid --regid=$uid --clear-groups"
fi
mount -t tmpfs -o "mode=0700,nosuid,nodev,noexec,size=$bytes,nr_inodes=4096$owner" work "$root/work"
mount -o remount,ro,nosuid "$root"
cd "$root"
umount=$(command -v umount)
pivot_root . old
cd /
"/old$umount" -l /old
exec /bin/setpriv $become --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all \\
  /bin/node /sallyport/sandbox.mjs host /work /sallyport/node_modules/@lydell/node-pty/index.js
`;

/** Folder of the person inside the sandbox. */
export const SANDBOX_FOLDER = '/work';
