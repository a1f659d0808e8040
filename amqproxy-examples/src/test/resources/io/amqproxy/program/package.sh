# package.sh PACKAGE JAVA BROKER-PORT PORT HTTP-PORT: a package's life, in a root that is thrown away.
set -eu
package=$1
java=$2
broker=$3
port=$4
http=$5
export DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unit=/usr/lib/systemd/system/amqproxy.service
ini=/etc/amqproxy/amqproxy.ini
archive=/var/cache/amqproxy/amqproxy.jsa

fail() {
    echo "failed: $*" >&2
    exit 1
}

# A command of the unit, to be run as its user, as systemd would.
command_of() {
    sed -n "s/^$1=/exec /p" "$unit"
}
as_user="setpriv --reuid=amqproxy --regid=amqproxy --clear-groups --no-new-privs --inh-caps=-all -- sh -c"

# As the packages that it depends on have it.
[ -x /usr/bin/java ] || ln -s "$java" /usr/bin/java
dpkg --force-depends --install "$package" || fail "install"
[ "$(stat -c '%U:%G %a' $ini)" = "root:amqproxy 640" ] || fail "owner of $ini: $(stat -c '%U:%G %a' $ini)"
[ "$(dpkg-query -W -f '${db:Status-Status}' amqproxy)" = installed ] || fail "status"
id amqproxy >/dev/null || fail "no user"
[ -L /etc/systemd/system/multi-user.target.wants/amqproxy.service ] || fail "not enabled"
grep -q "^User=amqproxy$" $unit || fail "the unit's user"
amqproxy --version | grep -q "^amqproxy " || fail "version"
[ "$(stat -c '%U:%G %a' $archive)" = "root:root 644" ] || fail "no archive of classes"
echo installed

sed -i "s|^upstream = .*|upstream = amqp://127.0.0.1:$broker|; s|^;port = 5673|port = $port|; s|^;port = 15673|port = $http|" $ini
eval "export $(sed -n 's/^Environment=//p' "$unit")"
$as_user "$(command_of ExecStart) --check" || fail "check"
$as_user "$(command_of ExecStart)" &
main=$!
tries=0
until curl -fsS "http://127.0.0.1:$http/readyz" 2>/dev/null; do
    kill -0 $main || fail "it ended"
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "not ready"
    sleep 0.2
done
grep -q $archive /proc/$main/maps || fail "the archive of classes is not used"
kill -TERM $main
status=0
wait $main || status=$?
echo "ended with $status"

# The same as a later version.
mkdir /package/later
dpkg-deb --raw-extract "$package" /package/later/tree
sed -i 's/^Version: .*/&+later/' /package/later/tree/DEBIAN/control
dpkg-deb --build /package/later/tree /package/later/later.deb >/dev/null
cp -p $ini /package/ini
touch /package/before
dpkg --force-depends --install /package/later/later.deb || fail "upgrade"
dpkg-query -W -f '${Version}' amqproxy | grep -q '+later$' || fail "version after the upgrade"
cmp $ini /package/ini || fail "the configuration has changed"
[ $archive -nt /package/before ] || fail "no archive of the later version's classes"
[ "$(stat -c '%U:%G %a' $ini)" = "root:amqproxy 640" ] || fail "owner after the upgrade"
echo "upgraded, and the configuration is as it was"

dpkg --remove amqproxy || fail "remove"
[ ! -e /usr/share/amqproxy/amqproxy.jar ] && [ ! -e $unit ] && [ ! -e /usr/bin/amqproxy ] && [ ! -e /var/cache/amqproxy ] || fail "files are left"
cmp $ini /package/ini || fail "the configuration is gone"
echo "removed, and the configuration is there"

dpkg --purge amqproxy || fail "purge"
[ ! -e /etc/amqproxy ] || fail "/etc/amqproxy is left"
[ ! -L /etc/systemd/system/multi-user.target.wants/amqproxy.service ] || fail "enabled still"
echo purged
