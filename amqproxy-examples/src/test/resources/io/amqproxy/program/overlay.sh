# overlay.sh DIRECTORY PACKAGE SCRIPT [ARGUMENT...]: in a mount namespace of its own, runs a script where / is this
# machine's, and what changes there is kept in memory. DIRECTORY is an empty one to work in. The script's arguments are
# a copy of the package, and those given.
set -eu
directory=$1
package=$2
script=$3
shift 3
mount --make-rprivate /
mount -t tmpfs overlay "$directory"
mkdir "$directory/upper" "$directory/work" "$directory/merged"
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$directory/merged"
mount -t proc proc "$directory/merged/proc"
mount --rbind /dev "$directory/merged/dev"
# No systemd there, whatever runs outside.
mount -t tmpfs run "$directory/merged/run"
mkdir "$directory/merged/package"
cp "$package" "$directory/merged/package/amqproxy.deb"
cp "$script" "$directory/merged/package/script.sh"
exec chroot "$directory/merged" sh /package/script.sh /package/amqproxy.deb "$@"
