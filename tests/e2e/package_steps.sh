#!/bin/sh
# The life of mailtap's package on a machine, in a namespace of its own (package_test.py): PACKAGE NEWER-PACKAGE FOLDER.
# What it changes goes into an overlay over this machine's files, which ends with the namespace.
set -eu
package=$1 newer=$2 work=$3
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
root=$work/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp "$package" "$root/old.deb"
cp "$newer" "$root/new.deb"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
ip link set lo up
in_root() { chroot "$root" "$@"; }
say() { echo "== $*"; }
fail() { echo "FAILED: $*"; exit 1; }

# Starts the service as its unit says, waits until it listens, and ends it.
run_as_the_unit_says() {
  command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/mailtap.service")
  # The unit's User=, Group= and NoNewPrivileges=; and AmbientCapabilities=, which isn't needed above port 1023.
  # shellcheck disable=SC2086
  chroot "$root" setpriv --reuid=mailtap --regid=mailtap --clear-groups --no-new-privs $command >"$work/said" 2>&1 &
  service=$!
  waited=0
  until grep -q "listening 127.0.0.1:8993" "$work/said" && grep -q "listening 127.0.0.1:8443" "$work/said"; do
    [ "$waited" -lt 600 ] && kill -0 "$service" || { cat "$work/said"; fail "the service doesn't listen on 8993 and 8443"; }
    waited=$((waited + 1))
    sleep 0.1
  done
  [ "$(stat -c %U "$root/proc/$service")" != root ] || fail "the service is root's"
  kill -HUP "$service"
  waited=0
  until grep -q "mailtap: reloaded" "$work/said"; do
    [ "$waited" -lt 600 ] || { cat "$work/said"; fail "the service doesn't reload"; }
    waited=$((waited + 1))
    sleep 0.1
  done
  kill "$service"
  wait "$service" || fail "the service ended with $?"
}

say install
in_root dpkg -i /old.deb
[ "$(in_root stat -c '%U:%G %a' /etc/mailtap/mailtap.toml)" = "root:mailtap 640" ] || fail "rights of the configuration"
[ "$(in_root stat -c '%U:%G %a' /var/log/mailtap)" = "mailtap:mailtap 750" ] || fail "rights of the logs"
[ -L "$root/etc/systemd/system/multi-user.target.wants/mailtap.service" ] || fail "the service isn't enabled"
in_root mailtap --version
in_root man -w mailtap-run >/dev/null || fail "no manual page"
say start
run_as_the_unit_says

say secrets
# Made without a thought of who may read them; then what root is told is done, word for word.
cat >"$root/etc/mailtap/secrets.toml" <<'END'
admin = "127.0.0.1:8025"
admin-token-file = "/etc/mailtap/admin.token"
[[route]]
listen = "127.0.0.1:8443"
upstream = "exchange.contoso.local:443"
ticket-key-file = "/etc/mailtap/tickets.keys"
END
in_root sh -c 'umask 022; openssl rand -hex 24 >/etc/mailtap/admin.token; openssl rand -base64 48 >/etc/mailtap/tickets.keys'
turns=0
until in_root mailtap config check /etc/mailtap/secrets.toml >"$work/said" 2>&1; do
  [ "$turns" -lt 3 ] || { cat "$work/said"; fail "what root is told doesn't help"; }
  turns=$((turns + 1))
  sed -n 's/.*run `\(.*\)`.*/\1/p' "$work/said" >"$root/told.sh"
  in_root sh -e /told.sh
done
[ "$turns" -gt 0 ] || fail "files that everybody can read were taken"
in_root setpriv --reuid=mailtap --regid=mailtap --clear-groups mailtap config check /etc/mailtap/secrets.toml ||
  fail "the service's user can't read what root was told to make"
rm "$root/etc/mailtap/secrets.toml" "$root/etc/mailtap/admin.token" "$root/etc/mailtap/tickets.keys" "$root/told.sh"

say upgrade
echo "# by an admin" >>"$root/etc/mailtap/mailtap.toml"
in_root chmod 600 /etc/mailtap/mailtap.toml
in_root chown mailtap /etc/mailtap/mailtap.toml
echo kept >"$root/var/lib/mailtap/pins"
in_root dpkg -i /new.deb
# shellcheck disable=SC2016
in_root dpkg-query -W -f '${Version}\n' mailtap | grep -qx "99.0" || fail "the version after the upgrade"
tail -n 1 "$root/etc/mailtap/mailtap.toml" | grep -qx "# by an admin" || fail "the admin's configuration is gone"
[ "$(in_root stat -c '%U %a' /etc/mailtap/mailtap.toml)" = "mailtap 600" ] || fail "the admin's rights are gone"
[ "$(cat "$root/var/lib/mailtap/pins")" = kept ] || fail "the state is gone"
run_as_the_unit_says

say remove
in_root dpkg -r mailtap
[ ! -e "$root/usr/bin/mailtap" ] || fail "the program is still there"
[ -e "$root/etc/mailtap/mailtap.toml" ] || fail "the configuration went without a purge"
in_root dpkg -i /new.deb
[ "$(in_root stat -c '%U %a' /etc/mailtap/mailtap.toml)" = "mailtap 600" ] || fail "the rights after coming back"

say purge
in_root dpkg -P mailtap
left=$(in_root find /etc /usr /var -xdev -path '*mailtap*' ! -path '/var/cache/*' | grep -E '/(etc|usr|var/lib|var/log)/.*mailtap' || true)
[ -z "$left" ] || fail "left behind: $left"
say done
